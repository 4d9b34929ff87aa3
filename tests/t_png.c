/* Pictures: which pixel is where, what is drawn round it, what is refused. */
#include <math.h>
#include <zlib.h>

#include "core/core.h"
#include "formats/picture.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/support.h"

/* ---- a writer of PNG of our own, for kinds that iphase does not write ---- */

static unsigned char *chunk(unsigned char *p, const char *type,
	const void *data, size_t n)
{
	uLong crc;

	p[0] = (unsigned char)(n >> 24);
	p[1] = (unsigned char)(n >> 16);
	p[2] = (unsigned char)(n >> 8);
	p[3] = (unsigned char)n;
	memcpy(p + 4, type, 4);
	if (n)
		memcpy(p + 8, data, n);
	crc = crc32(0, p + 4, (uInt)n + 4);
	p += 8 + n;
	*p++ = (unsigned char)(crc >> 24);
	*p++ = (unsigned char)(crc >> 16);
	*p++ = (unsigned char)(crc >> 8);
	*p++ = (unsigned char)crc;
	return p;
}

/* rows: each begins with its filter, 0. */
static const char *make(uint32_t w, uint32_t h, int depth, int colour,
	const void *rows, size_t n)
{
	const char *path = ip_test_tmp("m.png");
	unsigned char file[4096], packed[2048], head[13] = { 0 }, *p = file;
	uLongf size = sizeof packed;

	assert_int_equal(compress(packed, &size, rows, n), Z_OK);
	head[2] = (unsigned char)(w >> 8);
	head[3] = (unsigned char)w;
	head[6] = (unsigned char)(h >> 8);
	head[7] = (unsigned char)h;
	head[8] = (unsigned char)depth;
	head[9] = (unsigned char)colour;
	memcpy(p, "\211PNG\r\n\032\n", 8);
	p = chunk(p + 8, "IHDR", head, 13);
	p = chunk(p, "IDAT", packed, size);
	p = chunk(p, "IEND", NULL, 0);
	ip_test_write(path, file, (size_t)(p - file));
	return path;
}

static void refused(const char *path, int rc, const char *part)
{
	struct ip_tensor t = { 0 }, none = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_png_read(path, &t), rc);
	ip_test_assert_logged(part);
	assert_memory_equal(&t, &none, sizeof t);
}

static void reads_gray(void **state)
{
	/* 3 wide, 2 high; the second row of each is 16 more */
	static const unsigned char rows8[] = { 0, 1, 2, 3, 0, 17, 18, 255 };
	static const unsigned char rows16[] = { 0, 1, 0, 2, 1, 3, 2,
		0, 0, 17, 0, 18, 255, 255 };
	static const float want8[] = { 1, 17, 2, 18, 3, 255 };
	static const float want16[] = { 256, 17, 513, 18, 770, 65535 };
	struct ip_tensor t = { 0 };

	(void)state;
	assert_int_equal(ip_png_read(make(3, 2, 8, 0, rows8, 8), &t), 0);
	assert_int_equal(t.dtype, IP_F32);
	assert_true(t.ndim == 2 && t.shape[0] == 3 && t.shape[1] == 2);
	assert_memory_equal(t.data, want8, sizeof want8);
	ip_tensor_free(&t);
	assert_int_equal(ip_png_read(make(3, 2, 16, 0, rows16, 14), &t), 0);
	assert_memory_equal(t.data, want16, sizeof want16);
	ip_tensor_free(&t);
}

static void refuses_other_pictures(void **state)
{
	static const unsigned char rows[64] = { 0 };
	unsigned char *p;
	size_t n;
	const char *path;

	(void)state;
	refused(make(3, 1, 8, 2, rows, 10), IP_ENOTSUP, "colours");
	refused(make(3, 1, 8, 3, rows, 4), IP_ENOTSUP, "colours");
	refused(make(3, 1, 8, 6, rows, 13), IP_ENOTSUP, "colours");
	refused(make(3, 1, 8, 4, rows, 7), IP_ENOTSUP, "transparency");
	refused(make(3, 1, 1, 0, rows, 2), IP_ENOTSUP, "1 bits");
	refused(make(0, 1, 8, 0, rows, 2), IP_ELIMIT, "0 x 1");
	refused(make(3, 16385, 8, 0, rows, 2), IP_ELIMIT, "3 x 16385");
	refused(make(16384, 16384, 8, 0, rows, 2), IP_EFORMAT, "cannot come");
	refused(make(3, 3, 8, 0, rows, 8), IP_EFORMAT, "decoded");
	refused(ip_test_src("tests/golden/make.py"), IP_EFORMAT, "not a PNG");
	path = make(3, 1, 8, 0, rows, 4);
	p = ip_test_read(path, &n);
	p[40] ^= 1;
	ip_test_write(path, p, n);
	refused(path, IP_ECHECKSUM, "checksum");
	p[40] ^= 1;
	ip_test_write(path, p, n + 1);
	refused(path, IP_EFORMAT, "1 bytes follow");
	ip_test_write(path, p, n - 1);
	refused(path, IP_ETRUNCATED, "ends inside");
	free(p);
}

/* ---- writing ---- */

static void image(struct ip_tensor *t, size_t w, size_t h)
{
	const size_t shape[] = { w, h };
	size_t i;

	assert_int_equal(ip_tensor_new(t, IP_F32, 2, shape), 0);
	for (i = 0; i < w * h; i++)
		((float *)t->data)[i] = (float)i;
}

static void gray_comes_back(void **state)
{
	const char *path = ip_test_tmp("g.png");
	struct ip_picture_style s = { .lo = 0, .hi = 255 };
	struct ip_tensor t = { 0 }, r = { 0 }, view = { 0 };
	const int swap[] = { 1, 0 };

	(void)state;
	image(&t, 16, 16);
	assert_int_equal(ip_png_write(path, &t, &s), 0);
	assert_int_equal(ip_png_read(path, &r), 0);
	assert_memory_equal(r.data, t.data, 256 * sizeof(float));
	ip_tensor_free(&r);
	/* a transposed view, drawn twice as large; the range is found */
	assert_int_equal(ip_tensor_permute(&view, &t, swap), 0);
	s.lo = s.hi = 0;
	s.zoom = 2;
	assert_int_equal(ip_png_write(path, &view, &s), 0);
	assert_true(s.lo == 0 && s.hi == 255);
	assert_int_equal(ip_png_read(path, &r), 0);
	assert_int_equal(r.shape[0], 32);
	assert_true(((float *)r.data)[3 * 32 + 8] == 4 * 16 + 1);
	ip_tensor_free(&r);
	ip_tensor_free(&t);
}

static const unsigned char *at(const struct ip_canvas *c, int x, int y)
{
	assert_true(x >= 0 && x < c->w && y >= 0 && y < c->h);
	return c->rgb + 3 * (y * c->w + x);
}

static void panels(void **state)
{
	struct ip_picture_style s[3] = { { .map = IP_MAP_MAGMA, .zoom = 3,
		.pixel_size = 0.1, .title = "X" } };
	struct ip_tensor t[3] = { { 0 } };
	struct ip_canvas c = { 0 }, one = { 0 };
	int k;

	(void)state;
	for (k = 0; k < 3; k++) {
		image(&t[k], 40, 30);
		s[k] = s[0];
	}
	/* the warmest pixel is the last of x and y: right, bottom */
	assert_int_equal(ip_picture_draw("x", t, s, 1, 1, 0, &one), 0);
	assert_int_equal(at(&one, 6, one.h - 1)[0], 255);
	/* margin 6, title 11, 120 x 90 pixels; then the colour bar */
	assert_int_equal(at(&one, 6, 17)[0], 0);
	assert_int_equal(at(&one, 6, 17)[2], 4);
	assert_int_equal(at(&one, 125, 106)[0], 0xfc);
	assert_int_equal(at(&one, 123, 104)[0], 0xfc);
	assert_int_equal(at(&one, 126, 106)[0], 255);
	assert_int_equal(at(&one, 130, 17)[0], 0xfc);	/* the bar: high end */
	assert_int_equal(at(&one, 130, 106)[2], 4);	/* and low end */
	/* "X": from corner to corner */
	assert_int_equal(at(&one, 6, 7)[0], 0);
	assert_int_equal(at(&one, 8, 7)[0], 255);
	assert_int_equal(at(&one, 8, 10)[0], 0);
	/* 40 pixels of 0.1 A: two fifths are 1.6, so 1 A, 30 pixels */
	assert_int_equal(at(&one, 6, 113)[0], 0);
	assert_int_equal(at(&one, 35, 113)[0], 0);
	assert_int_equal(at(&one, 36, 113)[0], 255);
	/* three in two columns: the second as the first, moved */
	assert_int_equal(ip_picture_draw("x", t, s, 3, 2, 0, &c), 0);
	assert_int_equal(c.w, 2 * one.w - 6);
	assert_int_equal(c.h, 2 * one.h - 6);
	for (k = 0; k < one.w - 12; k++) {
		assert_memory_equal(at(&c, k + one.w, 60), at(&one, k + 6, 60),
			3);
		assert_memory_equal(at(&c, k + 6, 60 + one.h - 6), at(&one,
			k + 6, 60), 3);
		assert_int_equal(at(&c, k + one.w, 60 + one.h - 6)[0], 255);
	}
	ip_free(c.rgb);
	ip_free(one.rgb);
	assert_int_equal(ip_png_panels(ip_test_tmp("p.png"), t, s, 3, 2), 0);
	refused(ip_test_tmp("p.png"), IP_ENOTSUP, "colours");
	for (k = 0; k < 3; k++)
		ip_tensor_free(&t[k]);
}

static void colour_maps(void **state)
{
	static const char *const names[] = { "gray", "viridis", "magma",
		"RdBu" };
	enum ip_colormap m;
	unsigned char a[3], b[3];
	int i, k, step;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(ip_colormap_parse(names[i], &m), 0);
		assert_int_equal(m, i);
		ip_colormap_rgb(m, -1, a);
		for (step = 0; step <= 1000; step++) {
			ip_colormap_rgb(m, step / 1000.0, b);
			/* no jumps: the steepest rise is 77 in a ninth */
			for (k = 0; k < 3; k++)
				assert_true(abs(a[k] - b[k]) <= 1);
			memcpy(a, b, 3);
		}
		ip_colormap_rgb(m, 7, b);
		assert_memory_equal(a, b, 3);
		ip_colormap_rgb(m, NAN, b);
	}
	ip_colormap_rgb(IP_MAP_RDBU, 0.5, a);
	assert_true(a[0] == 0xf7 && a[1] == 0xf7 && a[2] == 0xf7);
	ip_test_log_capture();
	assert_int_equal(ip_colormap_parse("jet", &m), IP_ENOTFOUND);
	ip_test_assert_logged("jet");
}

static void not_drawn(const struct ip_tensor *t, struct ip_picture_style s,
	int rc, const char *part)
{
	const char *path = ip_test_tmp("n.png");

	ip_test_log_capture();
	assert_int_equal(ip_png_write(path, t, &s), rc);
	ip_test_assert_logged(part);
	assert_false(ip_test_exists(path));
}

static void refuses_to_draw(void **state)
{
	struct ip_picture_style s = { 0 }, huge = { .zoom = 40000 },
		odd = { .hi = NAN };
	struct ip_tensor t = { 0 }, c = { 0 }, e = { 0 }, two[2];
	const size_t none[] = { 0, 4 };

	(void)state;
	image(&t, 4, 5);
	not_drawn(&t, huge, IP_ELIMIT, "160000 x 200000");
	not_drawn(&t, odd, IP_EINVAL, "range");
	((float *)t.data)[7] = INFINITY;
	not_drawn(&t, s, IP_EINVAL, "[1, 2] is not finite");
	((float *)t.data)[7] = 0;
	t.ndim = 1;
	not_drawn(&t, s, IP_EINVAL, "1 dimensions");
	t.ndim = 2;
	assert_int_equal(ip_tensor_convert(&c, IP_C64, &t), 0);
	not_drawn(&c, s, IP_EINVAL, "complex64");
	assert_int_equal(ip_tensor_new(&e, IP_F32, 2, none), 0);
	not_drawn(&e, s, IP_EINVAL, "0 elements");
	two[0] = t;
	image(&two[1], 4, 6);
	ip_test_log_capture();
	assert_int_equal(ip_png_panels(ip_test_tmp("n.png"), two, &s, 2, 1),
		IP_EINVAL);
	ip_test_assert_logged("one size");
	assert_int_equal(ip_png_panels(ip_test_tmp("n.png"), two, &s, 1, 0),
		IP_EINVAL);
	/* all of one value, and a range wider than a double holds */
	memset(t.data, 0, 80);
	assert_int_equal(ip_png_write(ip_test_tmp("f.png"), &t, &s), 0);
	s.lo = -1e308;
	s.hi = 1e308;
	assert_int_equal(ip_png_write(ip_test_tmp("f.png"), &t, &s), 0);
	ip_tensor_free(&c);
	ip_tensor_free(&e);
	assert_int_equal(ip_png_read(ip_test_tmp("f.png"), &c), 0);
	assert_true(((float *)c.data)[3] == 128);
	ip_tensor_free(&c);
	ip_tensor_free(&two[1]);
	ip_tensor_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_gray),
		cmocka_unit_test(refuses_other_pictures),
		cmocka_unit_test(gray_comes_back),
		cmocka_unit_test(panels),
		cmocka_unit_test(colour_maps),
		cmocka_unit_test(refuses_to_draw),
	};

	return cmocka_run_group_tests_name("png", tests, NULL, NULL);
}
