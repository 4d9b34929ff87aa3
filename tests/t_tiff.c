/*
 * TIFF: kinds of numbers and of files, made by libtiff; ImageJ's calibration
 * and stacks; what is refused. Without libtiff: that it says what is missing.
 */
#include <math.h>

#include "config.h"
#include "formats/bytes.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/formats.h"
#include "support/support.h"

static void refused(const char *path, int rc, const char *part)
{
	ip_test_reader_refuses(ip_tiff_read, path, rc, part);
}

#if !IP_HAVE_TIFF

static void says_what_is_missing(void **state)
{
	(void)state;
	ip_test_write(ip_test_tmp("w.tif"), "II*", 4);
	refused(ip_test_tmp("w.tif"), IP_ENOTSUP, "install libtiff-dev");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_missing),
	};

	return cmocka_run_group_tests_name("tiff", tests, NULL, NULL);
}

#else

#include <tiffio.h>

static const struct ip_item *read(const char *path, struct ip_bundle *b)
{
	const struct ip_item *item;

	ip_test_log_capture();
	assert_int_equal(ip_tiff_read(path, b), 0);
	assert_int_equal(ip_test_log_warnings(), 0);
	assert_int_equal(b->count, 1);
	item = ip_bundle_find(b, "image");
	assert_non_null(item);
	return item;
}

/* ---- files ---- */

struct made {
	const char *mode;	/* of TIFFOpen */
	uint32_t w, h;
	unsigned bits, format, compression, predictor, tile, look, samples,
		orientation, kind, planes;
	const char *text;
	double resolution;
};
static const struct made plain = { "w", 5, 3, 8, 1, COMPRESSION_NONE, 1, 0,
	PHOTOMETRIC_MINISBLACK, 1, 0, 0, PLANARCONFIG_CONTIG, NULL, 0 };

static TIFF *tif;

static void put_tags(const struct made *m)
{
	static uint16_t colours[256];	/* all black */

	TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, m->w);
	TIFFSetField(tif, TIFFTAG_IMAGELENGTH, m->h);
	TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, m->bits);
	TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, m->samples);
	TIFFSetField(tif, TIFFTAG_PLANARCONFIG, m->planes);
	TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, m->look);
	TIFFSetField(tif, TIFFTAG_COMPRESSION, m->compression);
	if (m->format)
		TIFFSetField(tif, TIFFTAG_SAMPLEFORMAT, m->format);
	if (m->predictor > 1)
		TIFFSetField(tif, TIFFTAG_PREDICTOR, m->predictor);
	if (m->look == PHOTOMETRIC_PALETTE)
		TIFFSetField(tif, TIFFTAG_COLORMAP, colours, colours, colours);
	if (m->orientation)
		TIFFSetField(tif, TIFFTAG_ORIENTATION, m->orientation);
	if (m->kind)
		TIFFSetField(tif, TIFFTAG_SUBFILETYPE, m->kind);
	if (m->text)
		TIFFSetField(tif, TIFFTAG_IMAGEDESCRIPTION, m->text);
	if (m->resolution > 0) {
		TIFFSetField(tif, TIFFTAG_XRESOLUTION, m->resolution);
		TIFFSetField(tif, TIFFTAG_YRESOLUTION, 2 * m->resolution);
	}
	if (m->tile) {
		TIFFSetField(tif, TIFFTAG_TILEWIDTH, m->tile);
		TIFFSetField(tif, TIFFTAG_TILELENGTH, m->tile);
	} else {
		TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, 2);
	}
}

/* Number x + w y + first + 1 of m's kind, to p. */
static void put_number(const struct made *m, uint32_t x, uint32_t y,
	int first, unsigned char *p)
{
	double v = x + m->w * y + first + 1;

	if (m->format == SAMPLEFORMAT_INT)
		v = -v;
	if (m->bits == 8)
		*p = (unsigned char)(int)v;
	else if (m->bits == 16 && m->format == SAMPLEFORMAT_IEEEFP)
		memcpy(p, &(uint16_t){ 0x3c00 }, 2);	/* 1 */
	else if (m->bits == 16)
		memcpy(p, &(int16_t){ (int16_t)v }, 2);
	else if (m->bits == 32 && m->format == SAMPLEFORMAT_IEEEFP)
		memcpy(p, &(float){ (float)v }, 4);
	else if (m->bits == 32)
		memcpy(p, &(int32_t){ (int32_t)v }, 4);
	else if (m->bits == 64 && m->format == SAMPLEFORMAT_IEEEFP)
		memcpy(p, &v, 8);
	else
		memcpy(p, &(int64_t){ (int64_t)v }, 8);
}

static void put_page(const struct made *m, int first)
{
	unsigned char row[256 * 8], tile[64 * 64 * 8] = { 0 };
	size_t size = m->bits / 8 * m->samples;
	uint32_t x, y, i, k;

	put_tags(m);
	memset(row, 0, sizeof row);
	for (y = 0; !m->tile && y < m->h; y++) {
		for (x = 0; size && x < m->w; x++)
			put_number(m, x, y, first, row + x * size);
		assert_int_equal(TIFFWriteScanline(tif, row, y, 0), 1);
	}
	for (y = 0; m->tile && y < m->h; y += m->tile)
		for (x = 0; x < m->w; x += m->tile) {
			for (i = 0; i < m->tile; i++)
				for (k = 0; k < m->tile; k++)
					put_number(m, x + k, y + i, first,
						tile + (i * m->tile + k) *
						size);
			assert_true(TIFFWriteTile(tif, tile, x, y, 0, 0) > 0);
		}
	assert_int_equal(TIFFWriteDirectory(tif), 1);
}

static const char *begin(const char *mode)
{
	const char *path = ip_test_tmp("a.tif");

	tif = TIFFOpen(path, mode);
	assert_non_null(tif);
	return path;
}

static const char *make(const struct made *m)
{
	const char *path = begin(m->mode);

	put_page(m, 0);
	TIFFClose(tif);
	return path;
}

/* ---- numbers ---- */

static void check_numbers(const struct made *m, const struct ip_tensor *t,
	int pages)
{
	struct ip_tensor f = { 0 };
	double sign = m->format == SAMPLEFORMAT_INT ? -1 : 1;
	const double *v;
	uint32_t x, y;
	int i;

	assert_int_equal(t->ndim, pages > 1 ? 3 : 2);
	assert_int_equal(t->shape[t->ndim - 2], m->w);
	assert_int_equal(t->shape[t->ndim - 1], m->h);
	assert_int_equal(ip_tensor_convert(&f, IP_F64, t), 0);
	v = f.data;
	for (i = 0; i < pages; i++)
		for (x = 0; x < m->w; x++)
			for (y = 0; y < m->h; y++)
				assert_true(*v++ == sign * (x + m->w * y + i +
					1));
	ip_tensor_free(&f);
}

static void kinds_of_numbers(void **state)
{
	static const struct { unsigned bits, format; enum ip_dtype want; }
	kinds[] = {
		{ 8, 0, IP_U8 }, { 8, 1, IP_U8 }, { 8, 2, IP_I8 },
		{ 16, 0, IP_U16 }, { 16, 1, IP_U16 }, { 16, 2, IP_I16 },
		{ 16, 4, IP_U16 }, { 32, 1, IP_U32 }, { 32, 2, IP_I32 },
		{ 32, 3, IP_F32 }, { 64, 1, IP_U64 }, { 64, 2, IP_I64 },
		{ 64, 3, IP_F64 },
	};
	static const char *const modes[] = { "wl", "wb", "wl8", "wb8" };
	struct ip_bundle b = { 0 };
	const struct ip_item *item;
	struct made m = plain;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		for (k = 0; k < 4; k++) {
			m.mode = modes[k];
			m.bits = kinds[i].bits;
			m.format = kinds[i].format;
			item = read(make(&m), &b);
			assert_int_equal(item->tensor.dtype, kinds[i].want);
			check_numbers(&m, &item->tensor, 1);
			ip_bundle_free(&b);
		}
	m.bits = 16;
	m.format = 3;
	item = read(make(&m), &b);
	assert_int_equal(item->tensor.dtype, IP_F16);
	ip_bundle_free(&b);
}

static void compressions_and_layouts(void **state)
{
	static const unsigned packed[] = { COMPRESSION_NONE, COMPRESSION_LZW,
		COMPRESSION_PACKBITS, COMPRESSION_ADOBE_DEFLATE,
		COMPRESSION_LZMA, COMPRESSION_ZSTD };
	struct ip_bundle b = { 0 };
	struct made m = plain;
	size_t i;
	int predict;

	(void)state;
	m.w = 37;
	m.h = 35;
	m.bits = 32;
	m.format = 3;
	for (i = 0; i < sizeof packed / sizeof *packed; i++) {
		if (!TIFFIsCODECConfigured((uint16_t)packed[i]))
			continue;
		m.compression = packed[i];
		for (predict = 1; predict <= 3; predict += 2) {
			m.predictor = i == 1 || i > 2 ? (unsigned)predict : 1;
			m.tile = 0;
			check_numbers(&m, &read(make(&m), &b)->tensor, 1);
			ip_bundle_free(&b);
			m.tile = 16;
			check_numbers(&m, &read(make(&m), &b)->tensor, 1);
			ip_bundle_free(&b);
		}
	}
	m = plain;
	m.planes = PLANARCONFIG_SEPARATE;	/* of one sample: no matter */
	check_numbers(&m, &read(make(&m), &b)->tensor, 1);
	ip_bundle_free(&b);
}

/* ---- pages ---- */

static void pages(void **state)
{
	struct made m = plain, other = plain;
	struct ip_bundle b = { 0 };
	const char *path;
	int i;

	(void)state;
	path = begin("w");
	for (i = 0; i < 4; i++) {
		/* a small one of the picture before is none of its own */
		m.kind = i == 2 ? FILETYPE_REDUCEDIMAGE : 0;
		m.w = i == 2 ? 2 : 5;
		put_page(&m, i - (i > 2));
	}
	TIFFClose(tif);
	check_numbers(&m, &read(path, &b)->tensor, 3);
	assert_int_equal(b.items[0].tensor.shape[0], 3);
	ip_bundle_free(&b);

	m = plain;
	for (i = 0; i < 3; i++) {
		other = plain;
		other.w = i == 0 ? 6 : 5;
		other.h = i == 1 ? 6 : 3;
		other.bits = i == 2 ? 16 : 8;
		path = begin("w");
		put_page(&m, 0);
		put_page(&other, 0);
		TIFFClose(tif);
		refused(path, IP_ENOTSUP, "page 1 has");
	}
	m.kind = FILETYPE_REDUCEDIMAGE;
	refused(make(&m), IP_ENOTFOUND, "no picture in it");
}

/* ---- ImageJ ---- */

static double size_of(const struct made *m, size_t axis)
{
	struct ip_bundle b = { 0 };
	double v;

	read(make(m), &b);
	v = ip_attrs_get_one(&b.attrs, "pixel_size", axis, 0);
	ip_bundle_free(&b);
	return v;
}

static void imagej_units(void **state)
{
	static const struct { const char *unit; double angstrom; } units[] = {
		{ "nm", 10 }, { "um", 1e4 }, { "micron", 1e4 }, { "\xb5m",
		1e4 }, { "\xc2\xb5m", 1e4 }, { "\\u00B5m", 1e4 },
		{ "pm", 0.01 }, { "Angstrom", 1 }, { "A", 1 },
		{ "\xc3\x85", 1 }, { "m", 1e10 }, { "inch", 0 },
		{ "pixel", 0 }, { "nmm", 0 }, { "", 0 },
	};
	struct made m = plain;
	char text[64];
	size_t i;
	double v;

	(void)state;
	m.text = text;
	m.resolution = 12.5;
	for (i = 0; i < sizeof units / sizeof *units; i++) {
		snprintf(text, sizeof text, "ImageJ=1.53t\nunit=%s\nmin=0.0\n",
			units[i].unit);
		v = units[i].angstrom;
		assert_true(fabs(size_of(&m, 0) - v / 12.5) <= 1e-6 * v);
		assert_true(fabs(size_of(&m, 1) - v / 25) <= 1e-6 * v);
	}
	/* others' resolutions are those of a printer */
	snprintf(text, sizeof text, "Made by hand\nunit=nm\n");
	assert_true(size_of(&m, 0) == 0);
	snprintf(text, sizeof text, "ImageJ=1.53t\nunit=nm\n");
	m.resolution = 0;
	assert_true(size_of(&m, 0) == 0);
}

/* Signed 16-bit numbers are unsigned ones less 32768 in ImageJ. */
static void imagej_values(void **state)
{
	struct made m = plain;
	struct ip_bundle b = { 0 };
	const struct ip_item *item;

	(void)state;
	m.bits = 16;
	m.text = "ImageJ=1.53t\ncf=0\nc0=-32768.0\nc1=0.5\nvunit=Gray Value\n";
	item = read(make(&m), &b);
	assert_int_equal(item->tensor.dtype, IP_F32);
	assert_true(((float *)item->tensor.data)[3] == -32768 + 0.5f * 2);
	ip_bundle_free(&b);
	m.text = "ImageJ=1.53t\ncf=4\nc0=1\nc1=1\n";
	ip_test_log_capture();
	assert_int_equal(ip_tiff_read(make(&m), &b), 0);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_int_equal(b.items[0].tensor.dtype, IP_U16);
	ip_bundle_free(&b);
	m.text = "ImageJ=1.53t\ncf=20\n";	/* no function: nothing is lost */
	assert_int_equal(read(make(&m), &b)->tensor.dtype, IP_U16);
	ip_bundle_free(&b);
}

/* The entry of tag in the first table of a classic file becomes v. */
static const char *patched(const struct made *m, unsigned tag, uint32_t v)
{
	const char *path = make(m);
	unsigned char *p, *e, entry[12];
	size_t n, i, count;
	int swap;

	p = ip_test_read(path, &n);
	swap = p[0] == 'M';
	e = p + (swap ? be32(p + 4) : le32(p + 4));
	count = swap ? e[1] : e[0];
	for (i = 0, e += 2; i < count; i++, e += 12) {
		if ((unsigned)(swap ? e[0] << 8 | e[1] : le16(e)) != tag)
			continue;
		put32(put32(put16(put16(entry, tag), 4), 1), v);
		if (swap) {
			swap_words(entry, 2, 2);
			swap_words(entry + 4, 2, 4);
		}
		memcpy(e, entry, 12);
	}
	ip_test_write(path, p, n);
	free(p);
	return path;
}

/* One table, and the pictures as they are behind one another. */
static void imagej_big_stacks(void **state)
{
	static const char *const modes[] = { "wl", "wb" };
	struct ip_bundle b = { 0 };
	struct made m = plain, one = plain;
	const struct ip_tensor *t;
	struct ip_tensor view;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		m.mode = modes[i];
		m.text = "ImageJ=1.53t\nimages=2\nslices=2\n";
		m.bits = 16;
		m.format = SAMPLEFORMAT_INT;
		m.h = 6;
		t = &read(patched(&m, TIFFTAG_IMAGELENGTH, 3), &b)->tensor;
		assert_true(t->ndim == 3 && t->shape[0] == 2);
		/* the rows of the second go on where those of the first end */
		assert_true(((int16_t *)t->data)[0] == -1);
		assert_true(((int16_t *)t->data)[1] == -6);
		assert_true(((int16_t *)t->data)[15] == -16);
		assert_int_equal(ip_tensor_at(&view, t, 0, 0), 0);
		one.bits = 16;
		one.format = SAMPLEFORMAT_INT;
		check_numbers(&one, &view, 1);
		ip_bundle_free(&b);
		m.text = "ImageJ=1.53t\nimages=9\n";
		refused(patched(&m, TIFFTAG_IMAGELENGTH, 3), IP_ETRUNCATED,
			"in 9 pages cannot come out");
		m.text = "ImageJ=1.53t\nimages=99999999999999\n";
		refused(patched(&m, TIFFTAG_IMAGELENGTH, 3), IP_ETRUNCATED,
			"cannot come out");
	}
	m.compression = COMPRESSION_LZW;	/* such a one is no stack */
	m.h = 3;
	assert_int_equal(read(make(&m), &b)->tensor.ndim, 2);
	ip_bundle_free(&b);
}

/* ---- what is refused ---- */

static void other_pictures(void **state)
{
	struct made m = plain;

	(void)state;
	m.bits = 1;
	refused(make(&m), IP_ENOTSUP, "1 bits");
	m.bits = 12;
	refused(make(&m), IP_ENOTSUP, "12 bits");
	m = plain;
	m.look = PHOTOMETRIC_PALETTE;
	refused(make(&m), IP_ENOTSUP, "false colours");
	m.look = PHOTOMETRIC_MINISWHITE;
	refused(make(&m), IP_ENOTSUP, "0 is white");
	m.look = PHOTOMETRIC_RGB;
	m.samples = 3;
	refused(make(&m), IP_ENOTSUP, "in colours");
	m.look = PHOTOMETRIC_MINISBLACK;
	m.samples = 2;
	refused(make(&m), IP_ENOTSUP, "2 samples");
	m = plain;
	m.orientation = ORIENTATION_BOTLEFT;
	refused(make(&m), IP_ENOTSUP, "orientation 4");
	m = plain;
	m.bits = 64;
	m.format = SAMPLEFORMAT_COMPLEXIEEEFP;
	refused(make(&m), IP_ENOTSUP, "format 6");
}

static void bad_files(void **state)
{
	struct made m = plain;
	struct ip_bundle b = { 0 };
	const char *path;

	(void)state;
	m.mode = "wl";
	refused(patched(&m, 256, 0), IP_EFORMAT, "ize is zero");
	refused(patched(&m, 257, 0), IP_EFORMAT, "zero number of");
	refused(patched(&m, 256, 0x7fffffff), IP_ETRUNCATED, "cannot come out");
	m.compression = COMPRESSION_LZW;
	refused(patched(&m, 256, 0x7fffffff), IP_ETRUNCATED,
		"cannot come out");
	refused(patched(&m, 259, 30000), IP_ENOTSUP, "compression 30000");
	m.compression = COMPRESSION_NONE;
	m.h = 2;	/* one strip, whose size and place stand in the table */
	check_numbers(&m, &read(patched(&m, 279, 0xfffffff0), &b)->tensor, 1);
	ip_bundle_free(&b);	/* it follows from the table's other numbers */
	refused(patched(&m, 273, 0xfffffff0), IP_EFORMAT, "pixels cannot");
	m.compression = COMPRESSION_LZW;
	refused(patched(&m, 279, 3), IP_EFORMAT, "pixels cannot");
	refused(patched(&m, 273, 0xfffffff0), IP_EFORMAT, "pixels cannot");
	path = ip_test_tmp("t.tif");
	ip_test_write(path, "II*\0\10\0\0\0\377\377", 10);
	refused(path, IP_EFORMAT, "no TIFF file that can be read");
	ip_test_write(path, "nothing of the kind", 19);
	refused(path, IP_EFORMAT, "no TIFF file that can be read");
}

/* The last table's pointer to the next goes back to the first. */
static void tables_in_a_ring_end(void **state)
{
	static const size_t shape[] = { 3, 2, 2 };
	const char *path = ip_test_tmp("r.tif");
	struct ip_tensor t = { 0 };
	unsigned char *p;
	size_t n;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_F32, 3, shape), 0);
	assert_int_equal(ip_tiff_write(path, &t, NULL), 0);
	ip_tensor_free(&t);
	p = ip_test_read(path, &n);
	put32(p + 8 + 3 * (6 + 12 * le16(p + 8)) - 4, 8);
	ip_test_write(path, p, n);
	free(p);
	refused(path, IP_EFORMAT, "table of a page");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_of_numbers),
		cmocka_unit_test(compressions_and_layouts),
		cmocka_unit_test(pages),
		cmocka_unit_test(imagej_units),
		cmocka_unit_test(imagej_values),
		cmocka_unit_test(imagej_big_stacks),
		cmocka_unit_test(other_pictures),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(tables_in_a_ring_end),
	};

	return cmocka_run_group_tests_name("tiff", tests, NULL, NULL);
}

#endif
