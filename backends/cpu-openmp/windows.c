/* Windows of a map, found by index arithmetic, and the tables they share. */
#include <math.h>
#include "sizes.h"
#include "windows.h"

/* What a token of a foreign region has added to its logit. */
static const double foreign = -100;
/* exp(x) = 2^(x log2 e) */
static const double log2_e = 1.44269504088896340736;

void ip_cut_find(const struct ip_cut *cut, size_t window, size_t *pixel,
	const ip_real **in)
{
	const struct ip_windows *s = &cut->s;
	size_t h = cut->across[0] * s->window[0];
	size_t w = cut->across[1] * s->window[1];
	size_t rest = window / cut->across[1], r, c, at;
	size_t row = rest % cut->across[0] * s->window[0] + s->shift[0];
	size_t column = window % cut->across[1] * s->window[1] + s->shift[1];
	size_t first = rest / cut->across[0] * s->h;

	for (r = row; r < row + s->window[0]; r++)
		for (c = column; c < column + s->window[1]; c++) {
			size_t y = r < h ? r : r - h;

			at = c < w ? c : c - w;
			*pixel = IP_CUT_PADDING;
			*in = cut->qkv_bias;
			if (y < s->h && at < s->w) {
				*pixel = (first + y) * s->w + at;
				*in = cut->qkv + 3 * *pixel * cut->channels;
			}
			pixel++;
			in++;
		}
}

const ip_real *ip_cut_mask(const struct ip_cut *c, size_t window)
{
	size_t wc = window % c->across[1];
	size_t wr = window / c->across[1] % c->across[0];
	size_t kind = (c->s.shift[0] && wr + 1 == c->across[0]) +
		2 * (c->s.shift[1] && wc + 1 == c->across[1]);

	return kind ? c->mask + kind * c->tokens * c->pitch : NULL;
}

size_t ip_cut_place(const struct ip_cut *c, size_t query, size_t key)
{
	size_t reach = c->s.reach;
	size_t row = query / reach + reach - 1 - key / reach;
	size_t column = query % reach + reach - 1 - key % reach;

	return (row * (2 * reach - 1) + column) * c->s.heads;
}

/* The region of place i in the last window along an axis; 0 in all others */
static size_t region(const struct ip_windows *s, int axis, size_t i)
{
	return s->shift[axis] && i + s->shift[axis] >= s->window[axis];
}

static void fill(struct ip_cut *c, const ip_real *table)
{
	const struct ip_windows *s = &c->s;
	size_t n = c->tokens, q, k, h, kind;

	for (k = 0; k < n; k++)
		for (q = 0; q < n; q++) {
			const ip_real *from = table + ip_cut_place(c, q, k);
			int rows = region(s, 0, q / s->window[1]) !=
				region(s, 0, k / s->window[1]);
			int columns = region(s, 1, q % s->window[1]) !=
				region(s, 1, k % s->window[1]);

			for (h = 0; h < s->heads; h++)
				c->bias[(h * n + k) * c->pitch + q] =
					(ip_real)(log2_e * (double)from[h]);
			for (kind = 0; kind < 4; kind++)
				c->mask[(kind * n + k) * c->pitch + q] =
					(kind & 1 && rows) ||
					(kind & 2 && columns) ?
					(ip_real)(log2_e * foreign) : 0;
		}
}

int ip_cut_init(struct ip_cut *c, const char *op, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s)
{
	size_t lanes = ip_loops()->lanes, square;

	c->s = *s;
	c->tokens = s->window[0] * s->window[1];
	c->pitch = up(c->tokens, lanes);
	c->channels = s->heads * s->dim;
	c->across[0] = (s->h + s->window[0] - 1) / s->window[0];
	c->across[1] = (s->w + s->window[1] - 1) / s->window[1];
	c->windows = s->b * c->across[0] * c->across[1];
	c->qkv = ip_cpu_at(qkv);
	c->qkv_bias = ip_cpu_at(qkv_bias);
	c->scale = (ip_real)(log2_e / sqrt((double)s->dim));
	if (ip_mul_size(c->tokens, c->pitch, &square))
		return ip_fail(IP_EINVAL, "%s: size overflow", op);
	c->bias = ip_alloc_array(square, (s->heads + 4) * sizeof(ip_real));
	if (c->bias == NULL)
		return IP_ENOMEM;
	c->mask = c->bias + s->heads * square;
	fill(c, ip_cpu_at(table));
	return IP_OK;
}

void ip_cut_free(struct ip_cut *c)
{
	ip_free(c->bias);
}
