/* Maps of pixels: see maps.h. */
#include <iphase/threads.h>
#include "maps.h"

double *ip_test_nhwc(double *x, size_t b, size_t c, size_t h, size_t w)
{
	double *y = malloc(b * c * h * w * sizeof(*y) + 1);
	size_t i, k, p;

	for (i = 0; i < b; i++)
		for (p = 0; p < h * w; p++)
			for (k = 0; k < c; k++)
				y[(i * h * w + p) * c + k] =
					x[(i * c + k) * h * w + p];
	free(x);
	return y;
}

double *ip_test_taps(double *x, size_t o, size_t c, size_t k)
{
	double *y = malloc(o * c * k * sizeof(*y) + 1);
	size_t i, j, t;

	for (i = 0; i < o; i++)
		for (j = 0; j < c; j++)
			for (t = 0; t < k; t++)
				y[(t * c + j) * o + i] = x[(i * c + j) * k + t];
	free(x);
	return y;
}

double *ip_test_packed(const double *x, const struct ip_slot *slot,
	size_t pixels, size_t c)
{
	size_t pitch = slot ? slot->pitch : c, first = slot ? slot->first : 0;
	double *y = malloc(pixels * c * sizeof(*y) + 1);
	size_t p;

	for (p = 0; p < pixels; p++)
		memcpy(y + p * c, x + p * pitch + first, c * sizeof(*y));
	return y;
}

void ip_test_expect_slot(const char *what, struct ip_test_room *r,
	const struct ip_slot *slot, const double *want, size_t pixels,
	size_t c, double tolerance)
{
	size_t pitch = slot ? slot->pitch : c, first = slot ? slot->first : 0;
	double *before = malloc(r->n * sizeof(*before) + 1);
	double *got = malloc(pixels * c * sizeof(*got) + 1);
	size_t p, i;

	memcpy(before, r->host, r->n * sizeof(*before));
	ip_test_room_get(r);
	for (p = 0; p < pixels; p++)
		for (i = 0; i < c; i++) {
			got[p * c + i] = r->host[p * pitch + first + i];
			before[p * pitch + first + i] = got[p * c + i];
		}
	ip_test_assert_close(what, got, want, pixels * c, tolerance);
	assert_memory_equal(r->host, before, r->n * sizeof(*before));
	free(before);
	free(got);
}

void ip_test_place(double *map, double *windows, const struct ip_windows *s,
	size_t channels, int way_back)
{
	size_t ph = s->h / s->window[0], pw = s->w / s->window[1];
	size_t n = s->window[0] * s->window[1], i, t;

	for (i = 0; i < s->b * ph * pw; i++)
		for (t = 0; t < n; t++, windows += channels) {
			size_t r = (i / pw % ph * s->window[0] + t /
				s->window[1] + s->shift[0]) % s->h;
			size_t c = (i % pw * s->window[1] + t %
				s->window[1] + s->shift[1]) % s->w;
			double *m = map + ((i / pw / ph * s->h + r) * s->w +
				c) * channels;

			memcpy(way_back ? windows : m, way_back ? m : windows,
				channels * sizeof(*m));
		}
}

int ip_test_every_isa(int (*run)(const char *isa))
{
	static const enum ip_isa isas[] = { IP_ISA_BASELINE, IP_ISA_AVX2,
		IP_ISA_AVX512, IP_ISA_NEON };
	const char *backend = getenv("IPHASE_BACKEND");
	int sum = 0;
	size_t i;

	if (backend)		/* which has none to choose from */
		return run(backend);
	for (i = 0; i < sizeof(isas) / sizeof(isas[0]); i++)
		if (ip_isa_has(isas[i]) && ip_isa_set(isas[i]) == 0)
			sum += run(ip_isa_name(isas[i]));
	ip_isa_set(IP_ISA_AUTO);
	return sum;
}
