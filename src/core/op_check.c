/* What every op refuses. */
#include <iphase/backend.h>
#include "core.h"
#include "op_check.h"

int ip_op_check_range(const char *what, const struct ip_buf *buf,
	size_t offset, size_t size)
{
	if (offset > buf->size || size > buf->size - offset)
		return ip_fail(IP_EINVAL, "%s: %zu bytes at %zu of %zu", what,
			size, offset, buf->size);
	return IP_OK;
}

int ip_op_check(const char *op, const char *what, const struct ip_buf *buf,
	size_t a, size_t b, size_t c, size_t size)
{
	size_t n;

	if (ip_mul_size(a, b, &n) || ip_mul_size(n, c, &n) ||
		ip_mul_size(n, size, &n))
		return ip_fail(IP_EINVAL, "%s: %s: size overflow", op, what);
	if (buf->size < n)
		return ip_fail(IP_EINVAL, "%s: %s has %zu bytes, needs %zu",
			op, what, buf->size, n);
	return IP_OK;
}

int ip_op_check_map(const char *op, const char *what,
	const struct ip_buf *buf, const struct ip_map *in, size_t c)
{
	size_t pixels;

	c = c ? c : in->c;
	if (!in->b || !in->h || !in->w || !c)
		return ip_fail(IP_EINVAL, "%s: %s is an empty map: %zu "
			"pictures of %zu x %zu pixels, %zu channels", op, what,
			in->b, in->h, in->w, c);
	if (ip_mul_size(in->h, in->w, &pixels))
		return ip_fail(IP_EINVAL, "%s: %s: size overflow", op, what);
	return ip_op_check(op, what, buf, in->b, pixels, c, sizeof(ip_real));
}

int ip_op_check_scales(const char *op, const char *what,
	const struct ip_buf *g, const struct ip_map *in, int flat)
{
	struct ip_map map = { in->b, flat ? 1 : in->h, flat ? 1 : in->w,
		2 * in->c };

	return ip_op_check_map(op, what, g, &map, 0);
}

int ip_op_check_slot(const char *op, const char *what,
	const struct ip_buf *buf, const struct ip_map *m,
	const struct ip_slot *slot, struct ip_slot *where)
{
	where->pitch = slot ? slot->pitch : m->c;
	where->first = slot ? slot->first : 0;
	if (where->first > where->pitch || m->c > where->pitch - where->first)
		return ip_fail(IP_EINVAL, "%s: %zu channels from the %zuth do "
			"not fit pixels of %zu", op, m->c, where->first,
			where->pitch);
	return ip_op_check_map(op, what, buf, m, where->pitch);
}

int ip_op_check_blocks(const char *op, const char *whole,
	const struct ip_buf *x, const char *merged, const struct ip_buf *y,
	const struct ip_map *in)
{
	int rc;

	if (in->h % 2 || in->w % 2)
		return ip_fail(IP_EINVAL, "%s: %zu x %zu pixels: sides must be "
			"even", op, in->h, in->w);
	if ((rc = ip_op_check_map(op, whole, x, in, 0)) < 0)
		return rc;
	return ip_op_check_map(op, merged, y, in, 0);
}

int ip_op_check_doubled(const char *op, const struct ip_buf *x,
	const struct ip_map *in, const struct ip_buf *w, const char *doubled,
	const struct ip_buf *y, size_t out, const struct ip_slot *slot,
	struct ip_slot *where)
{
	struct ip_map to = { in->b, 0, 0, out };
	int rc;

	if ((rc = ip_op_check_map(op, "x", x, in, 0)) < 0)
		return rc;
	if (out == 0)
		return ip_fail(IP_EINVAL, "%s: %zu to 0 channels, expected 1 "
			"or more", op, in->c);
	/* x is there, so that its pixels doubled twice can be counted */
	to.h = 2 * in->h;
	to.w = 2 * in->w;
	if ((rc = ip_op_check_slot(op, doubled, y, &to, slot, where)) < 0)
		return rc;
	return ip_op_check(op, "w", w, 4, out, in->c, sizeof(ip_real));
}

int ip_op_check_grid(const char *op, size_t nx, size_t ny)
{
	if (!ip_fft_size_ok(nx) || !ip_fft_size_ok(ny))
		return ip_fail(IP_EINVAL, "%s: a grid of %zu x %zu points: "
			"sizes must have no factors but 2, 3, 5, 7", op, nx,
			ny);
	if (nx > IP_GRID_MAX || ny > IP_GRID_MAX)
		return ip_fail(IP_EINVAL, "%s: a grid of %zu x %zu points: "
			"at most %d an axis", op, nx, ny, IP_GRID_MAX);
	return IP_OK;
}

int ip_op_check_band(const char *op, const struct ip_band *band)
{
	int rc;

	if ((rc = ip_op_check_grid(op, band->nx, band->ny)) < 0)
		return rc;
	if (band->hx > (band->nx - 1) / 2 || band->hy > (band->ny - 1) / 2)
		return ip_fail(IP_EINVAL, "%s: a band of +-%zu x +-%zu does "
			"not fit %zu x %zu points", op, band->hx, band->hy,
			band->nx, band->ny);
	return IP_OK;
}

int ip_op_check_channels(const char *op, const struct ip_pixels *p)
{
	size_t r, e;

	for (r = 0; r < p->rows; r++) {
		if (p->first[r] > p->first[r + 1])
			return ip_fail(IP_EINVAL, "%s: detector row %zu ends "
				"before it begins", op, r);
		for (e = p->first[r]; e < p->first[r + 1]; e++)
			if (p->channel[e] >= p->channels)
				return ip_fail(IP_EINVAL, "%s: detector row "
					"%zu names channel %u of %zu", op, r,
					(unsigned)p->channel[e], p->channels);
	}
	return IP_OK;
}

int ip_op_check_pixels(const char *op, const struct ip_pixels *p,
	const struct ip_band *band)
{
	size_t size = (2 * band->hx + 1) * (2 * band->hy + 1), r;

	for (r = 0; r < p->rows; r++)
		if (p->pixel[r] >= size)
			return ip_fail(IP_EINVAL, "%s: detector row %zu is "
				"outside the band", op, r);
	return ip_op_check_channels(op, p);
}
