/* Pictures between files, which have rows, and memory, which has columns. */
#include <math.h>
#include <string.h>
#include "bytes.h"
#include "rows.h"
#include "stream.h"

#define BAND ((size_t)1 << 20)	/* bytes that are read at once */
#define BLOCK 32		/* a square that stays in the cache */

static void put_block(unsigned char *out, size_t high,
	const unsigned char *rows, size_t pitch, size_t w, size_t h,
	size_t size)
{
	size_t x, y;

	for (x = 0; x < w; x++)
		for (y = 0; y < h; y++) {
			const unsigned char *from = rows + (y * pitch + x) *
				size;
			unsigned char *to = out + (x * high + y) * size;

			switch (size) {	/* copies of known size are moves */
			case 1: *to = *from; break;
			case 2: memcpy(to, from, 2); break;
			case 4: memcpy(to, from, 4); break;
			default: memcpy(to, from, 8);
			}
		}
}

void ip_rows_put(void *out, size_t high, size_t x, size_t y, const void *rows,
	size_t pitch, size_t w, size_t h, size_t size)
{
	const unsigned char *p = rows;
	unsigned char *to = (unsigned char *)out + (x * high + y) * size;
	size_t i, k;

	for (k = 0; k < h; k += BLOCK)
		for (i = 0; i < w; i += BLOCK)
			put_block(to + (i * high + k) * size, high,
				p + (k * pitch + i) * size, pitch,
				w - i < BLOCK ? w - i : BLOCK,
				h - k < BLOCK ? h - k : BLOCK, size);
}

int ip_rows_new(struct ip_tensor *t, enum ip_dtype dtype, const size_t dim[3])
{
	const size_t shape[] = { dim[2], dim[0], dim[1] };

	return dim[2] == 1 ? ip_tensor_new(t, dtype, 2, shape + 1) :
		ip_tensor_new(t, dtype, 3, shape);
}

int ip_rows_read(const struct ip_rows *r, struct ip_tensor *t)
{
	size_t w = t->shape[t->ndim - 2], h = t->shape[t->ndim - 1];
	size_t size = ip_dtype_size(t->dtype), word = ip_dtype_word(t->dtype);
	size_t n = ip_tensor_count(t), band, y, k, at;
	unsigned char *buffer, *out = t->data;
	uint64_t offset = r->offset;
	int rc = 0;

	if (n == 0)
		return 0;
	band = BAND / (w * size) + 1;
	band = band < h ? band : h;
	buffer = ip_alloc(band * w * size);
	if (!buffer)
		return IP_ENOMEM;
	for (at = 0; at < n && rc == 0; at += w * h)
		for (y = 0; y < h && rc == 0; y += band) {
			k = h - y < band ? h - y : band;
			rc = ip_input_read(r->f, r->path, offset, buffer,
				k * w * size);
			if (rc < 0)
				break;
			offset += k * w * size;
			if (r->swap)
				swap_words(buffer, k * w * size / word, word);
			ip_rows_put(out + at * size, h, 0, y, buffer, w, w, k,
				size);
		}
	ip_free(buffer);
	return rc;
}

int ip_rows_check(const char *path, const struct ip_tensor *t, size_t dim[3])
{
	if (t->dtype == IP_TEXT || t->dtype == IP_C64)
		return ip_fail(IP_EINVAL, "%s: %s, expected real numbers of a"
			" picture", path, ip_dtype_name(t->dtype));
	if (t->ndim != 2 && t->ndim != 3)
		return ip_fail(IP_EINVAL, "%s: %d axes, expected a picture (x,"
			" y) or a stack (n, x, y)", path, t->ndim);
	dim[0] = t->shape[t->ndim - 2];
	dim[1] = t->shape[t->ndim - 1];
	dim[2] = t->ndim == 3 ? t->shape[0] : 1;
	if (dim[0] == 0 || dim[1] == 0 || dim[2] == 0)
		return ip_fail(IP_EINVAL, "%s: a picture without pixels",
			path);
	if (dim[0] > INT32_MAX || dim[1] > INT32_MAX || dim[2] > INT32_MAX)
		return ip_fail(IP_ELIMIT, "%s: %zu x %zu x %zu pixels, at most"
			" 2147483647 a side have room", path, dim[0], dim[1],
			dim[2]);
	return 0;
}

static void add_range(struct ip_rows_range *range, const float *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		range->min = fmin(range->min, v[i]);
		range->max = fmax(range->max, v[i]);
		range->sum += v[i];
		range->squares += (double)v[i] * v[i];
	}
}

int ip_rows_write(struct ip_outfile *o, const struct ip_tensor *t,
	struct ip_rows_range *range)
{
	static const int turned[] = { 1, 0 };
	struct ip_sink s = ip_sink_file(o);
	size_t i, n = t->ndim == 3 ? t->shape[0] : 1;
	int rc = 0;

	if (range) {
		range->min = INFINITY;
		range->max = -INFINITY;
		range->sum = range->squares = 0;
	}
	for (i = 0; i < n && rc == 0; i++) {
		struct ip_tensor page = *t, view, rows = { 0 };

		if (t->ndim == 3)
			rc = ip_tensor_at(&page, t, 0, i);
		if (rc == 0)
			rc = ip_tensor_permute(&view, &page, turned);
		if (rc == 0)
			rc = ip_tensor_convert(&rows, IP_F32, &view);
		if (rc < 0)
			break;
		if (range)
			add_range(range, rows.data, ip_tensor_count(&rows));
		rc = ip_sink_tensor(&s, &rows);
		ip_tensor_free(&rows);
	}
	return rc;
}

double ip_length_unit(const char *unit, size_t n)
{
	/* micro: of Latin-1, of Unicode, the Greek letter, and as ImageJ
	 * escapes it; Angstrom: the same, and the sign of its own */
	static const struct { const char *name; double angstrom; } units[] = {
		{ "pm", 1e-2 }, { "A", 1 }, { "Ang", 1 }, { "Angstrom", 1 },
		{ "Angstroms", 1 }, { "angstrom", 1 }, { "\xc5", 1 },
		{ "\xc3\x85", 1 }, { "\xe2\x84\xab", 1 }, { "\\u00C5", 1 },
		{ "nm", 10 }, { "n_m", 10 }, { "um", 1e4 }, { "micron", 1e4 },
		{ "microns", 1e4 },
		{ "\xb5m", 1e4 }, { "\xc2\xb5m", 1e4 }, { "\xce\xbcm", 1e4 },
		{ "\\u00B5m", 1e4 }, { "mm", 1e7 }, { "cm", 1e8 },
		{ "m", 1e10 },
	};
	size_t i;

	for (i = 0; i < sizeof units / sizeof *units; i++)
		if (strlen(units[i].name) == n &&
		    memcmp(units[i].name, unit, n) == 0)
			return units[i].angstrom;
	return 0;
}

int ip_pixel_size(struct ip_attrs *a, const double size[2])
{
	int i;

	for (i = 0; i < 2; i++)
		if (!(size[i] > 0) || isinf(size[i]))
			return 0;
	return ip_attrs_f64(a, "pixel_size", size, 2);
}
