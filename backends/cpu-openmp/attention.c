/*
 * Shifted-window attention, a window and head at a time: its tokens are
 * gathered by index arithmetic, so that neither the padded nor the rolled map
 * ever exists, and all its numbers stay in the first-level cache.
 */
#include <iphase/threads.h>
#include "sizes.h"
#include "windows.h"

struct attention {
	struct ip_cut cut;
	const struct ip_loops *loops;
	ip_real *y;
};

/* A window's tokens: where they are read, and written unless they pad. */
struct tokens {
	const ip_real **in;
	ip_real **out;
};

/* What a thread works in: see struct ip_head. */
struct place {
	ip_real *q, *k, *v, *logit, *o;
	size_t *pixel;
	struct tokens now, next;
};

/* Returns the size; with memory NULL it only counts. */
static size_t settle(const struct attention *j, char *memory, struct place *p)
{
	size_t real = sizeof(ip_real), used = 0, n = j->cut.tokens;
	size_t dim = j->cut.s.dim, pitch = j->cut.pitch;

	p->q = take(memory, &used, dim * pitch * real);
	p->k = take(memory, &used, n * dim * real);
	p->v = take(memory, &used, n * dim * real);
	p->logit = take(memory, &used, n * pitch * real);
	p->o = take(memory, &used, dim * pitch * real);
	p->pixel = take(memory, &used, n * sizeof(*p->pixel));
	p->now.in = take(memory, &used, n * sizeof(*p->now.in));
	p->now.out = take(memory, &used, n * sizeof(*p->now.out));
	p->next.in = take(memory, &used, n * sizeof(*p->next.in));
	p->next.out = take(memory, &used, n * sizeof(*p->next.out));
	return used;
}

static void find(const struct attention *j, size_t window, struct place *p)
{
	size_t channels = j->cut.channels, i;

	ip_cut_find(&j->cut, window, p->pixel, p->next.in);
	for (i = 0; i < j->cut.tokens; i++)
		p->next.out[i] = p->pixel[i] == IP_CUT_PADDING ? NULL :
			j->y + p->pixel[i] * channels;
}

/* All heads of a window whose tokens are in p->now. */
static void one_window(const struct attention *j, size_t window,
	const struct place *p)
{
	const struct ip_cut *c = &j->cut;
	struct ip_head a = { c->tokens, c->s.dim, c->pitch, c->channels,
		p->now.in, p->next.in, p->now.out, 0, c->scale, c->bias,
		ip_cut_mask(c, window), p->q, p->o, p->k, p->v, p->logit };

	for (; a.first < c->channels; a.first += a.dim,
		a.bias += c->tokens * c->pitch)
		j->loops->attend(&a);
}

/* While one window is at work, the next one's tokens are called in. */
static void some_windows(const struct attention *j, size_t begin, size_t end,
	struct place *p)
{
	struct tokens was;
	size_t i;

	if (begin < end)
		find(j, begin, p);
	for (i = begin; i < end; i++) {
		was = p->now;
		p->now = p->next;
		p->next = was;
		find(j, i + 1 < end ? i + 1 : i, p);
		one_window(j, i, p);
	}
}

static int run(struct ip_dev *dev, const struct attention *j)
{
	size_t threads = (size_t)ip_threads(), each, n = j->cut.windows;
	struct place p;
	char *memory;
	long i;

	each = settle(j, NULL, &p);
	memory = ip_cpu_scratch(dev, threads * each);
	if (memory == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads((int)threads) private(p) schedule(static)
	for (i = 0; i < (long)threads; i++) {
		settle(j, memory + (size_t)i * each, &p);
		some_windows(j, n * (size_t)i / threads,
			n * ((size_t)i + 1) / threads, &p);
	}
	return IP_OK;
}

int ip_cpu_attention(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, const struct ip_windows *s)
{
	struct attention j = { .loops = ip_loops(), .y = ip_cpu_at(y) };
	int rc;

	if ((rc = ip_op_check_attention(y, qkv, qkv_bias, table, s)) < 0 ||
		(rc = ip_cut_init(&j.cut, "attention", qkv, qkv_bias, table,
			s)) < 0)
		return rc;
	rc = run(dev, &j);
	ip_cut_free(&j.cut);
	return rc;
}
