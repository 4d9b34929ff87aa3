/*
 * Waves that vanish outside a band, [2 hx + 1][ny] between two passes: along
 * x, for all y, and along y, for kx in the band.
 */
#define NONE 0xffffffffu

/* Of index r of a band +-h: its frequency of n; and the other way, NONE if
 * frequency k is outside. */
uint place_of(uint r, uint h, uint n)
{
	return r < h ? n + r - h : r - h;
}

uint index_of(uint k, uint h, uint n)
{
	return k <= h ? k + h : k + h >= n ? k + h - n : NONE;
}

/* Some columns of z: the x'th point of column l at line[x * ny + l], l below
 * width. */
struct strip {
	uint nx, ny, hx, width;
	struct lines s;
};

/* The band's rows of z into the room, real and imaginary parts exchanged. */
void strip_in(struct room *r, const struct strip *t, __global const float2 *z)
{
	float share = 1.0f / (float)t->s.count;

	for (SHARE(i, t->nx * t->s.count)) {
		uint x = over(i, t->s.count, share), l = i - x * t->s.count;
		uint row = index_of(x, t->hx, t->nx);

		r->at[i] = row != NONE && l < t->width ?
			z[row * t->ny + l].yx : 0.0f;
	}
	SYNC;
}

void strip_out(const struct room *r, const struct strip *t,
	__global float2 *z)
{
	float share = 1.0f / (float)t->s.count;

	for (SHARE(i, (2 * t->hx + 1) * t->s.count)) {
		uint row = over(i, t->s.count, share);
		uint l = i - row * t->s.count;

		if (l < t->width)
			z[row * t->ny + l] = r->at[place_of(row, t->hx,
				t->nx) * t->s.count + l];
	}
	SYNC;
}

/* Rows of z, 'width' of them, whole, as they are. */
void rows_in(struct room *r, const struct lines *s, uint width, uint ny,
	__global const float2 *z)
{
	float share = 1.0f / (float)ny;

	for (SHARE(i, width * ny)) {
		uint l = over(i, ny, share);

		r->at[l * s->pitch + i - l * ny] = z[i];
	}
	SYNC;
}

/* With real and imaginary parts exchanged. */
void rows_out(const struct room *r, const struct lines *s, uint width, uint ny,
	__global float2 *z)
{
	float share = 1.0f / (float)ny;

	for (SHARE(i, width * ny)) {
		uint l = over(i, ny, share);

		z[i] = r->at[l * s->pitch + i - l * ny].yx;
	}
	SYNC;
}
