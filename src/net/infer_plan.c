/* Into which tiles a picture is cut. */
#include "core/core.h"
#include "infer.h"

#define STEP ((size_t)IP_NET_STEP)
#define MIB 1048576.0

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The sides that a network takes. */
static void pad(size_t h, size_t w, size_t *ph, size_t *pw)
{
	*ph = (h + STEP - 1) / STEP * STEP;
	*pw = (w + STEP - 1) / STEP * STEP;
	if (*ph == STEP && *pw == STEP)
		*pw = 2 * STEP;
}

/*
 * Tiles of one size that cover n pixels, overlapping by at least so many.
 * They begin at multiples of STEP, where those of the whole picture's deepest
 * pixels do.
 */
static size_t count(size_t n, size_t tile, size_t overlap)
{
	size_t stride = (tile - overlap) / STEP;

	return n == tile ? 1 : 1 + ((n - tile) / STEP + stride - 1) / stride;
}

/* How much neighbours overlap at least; tile if there is one only. */
static size_t overlap_of(size_t n, size_t tile, size_t tiles)
{
	if (tiles == 1)
		return tile;
	return tile - ((n - tile) / STEP + tiles - 2) / (tiles - 1) * STEP;
}

/* With tiles of that many pixels a side, but not more than ph x pw. */
static int plan_of(const struct ip_net *net, size_t ph, size_t pw, size_t tile,
	size_t overlap, struct ip_tiling_plan *p)
{
	size_t oh, ow;

	p->h = smaller(tile, ph);
	p->w = smaller(tile, pw);
	if (overlap == 0)
		overlap = tile / 4;
	if ((ph > tile || pw > tile) && overlap > tile - STEP)
		return ip_fail(IP_EINVAL, "tiles of %zu pixels cannot overlap "
			"by %zu: expected at most %zu", tile, overlap, tile -
			STEP);
	p->rows = count(ph, p->h, overlap);
	p->columns = count(pw, p->w, overlap);
	oh = overlap_of(ph, p->h, p->rows);
	ow = overlap_of(pw, p->w, p->columns);
	p->overlap = p->rows * p->columns == 1 ? 0 : p->rows == 1 ? ow :
		p->columns == 1 ? oh : smaller(oh, ow);
	return ip_net_memory(net, 1, p->h, p->w, &p->memory);
}

/* The largest tile that fits the bound, or that was asked for. */
static int search(const struct ip_net *net, size_t ph, size_t pw,
	const struct ip_tiling *t, struct ip_tiling_plan *p)
{
	size_t tile = t->tile ? t->tile : ph > pw ? ph : pw, need;
	size_t least = 2 * STEP;
	int rc;

	if (t->overlap > least - STEP)
		least = (t->overlap + STEP - 1) / STEP * STEP + STEP;
	for (; ; tile -= STEP) {
		if ((rc = plan_of(net, ph, pw, tile, t->overlap, p)) < 0)
			return rc;
		need = p->memory.weights + p->memory.work;
		if (!t->memory || need <= t->memory)
			return IP_OK;
		if (t->tile || tile <= least)
			break;
	}
	return ip_fail(IP_ELIMIT, "a tile of %zu x %zu pixels takes %.1f MiB, "
		"%.1f of them weights, but only %.1f are allowed", p->h, p->w,
		(double)need / MIB, (double)p->memory.weights / MIB,
		(double)t->memory / MIB);
}

int ip_infer_plan(const struct ip_net *net, size_t h, size_t w,
	const struct ip_tiling *t, struct ip_tiling_plan *plan)
{
	const struct ip_tiling none = { 0 };
	struct ip_tiling_plan p;
	size_t ph, pw;
	int rc;

	if (!t)
		t = &none;
	if (!h || !w || h > SIZE_MAX / 2 || w > SIZE_MAX / 2)
		return ip_fail(IP_EINVAL, "a picture of %zu x %zu pixels", h,
			w);
	if (t->tile && (t->tile % STEP || t->tile < 2 * STEP))
		return ip_fail(IP_EINVAL, "tiles of %zu pixels: expected a "
			"multiple of %zu, from %zu on", t->tile, STEP,
			2 * STEP);
	pad(h, w, &ph, &pw);
	rc = search(net, ph, pw, t, &p);
	if (rc == 0)
		*plan = p;
	return rc;
}
