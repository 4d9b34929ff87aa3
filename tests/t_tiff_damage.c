/*
 * TIFF that is not what it says: losses that libtiff only warns of, tables cut
 * at their end, memory that a few bytes ask for.
 */
#include "config.h"
#include "formats/bytes.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/formats.h"
#include "support/support.h"

#if !IP_HAVE_TIFF

static void left_out(void **state)
{
	(void)state;
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(left_out) };

	return cmocka_run_group_tests_name("tiff damage", tests, NULL, NULL);
}

#else

#include <tiffio.h>

struct raw {
	uint32_t w, h, tile;	/* tile: its length; 0: one strip */
	unsigned compression;
	size_t bytes;		/* of strip or tile, as they are */
	unsigned char data[16384];
};

/* 8-bit pixels; the table is the file's end. */
static const char *make(const char *mode, const struct raw *m)
{
	const char *path = ip_test_tmp("d.tif");
	TIFF *tif = TIFFOpen(path, mode);
	tmsize_t n = (tmsize_t)m->bytes;

	assert_non_null(tif);
	TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, m->w);
	TIFFSetField(tif, TIFFTAG_IMAGELENGTH, m->h);
	TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, 8);
	TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, 1);
	TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
	TIFFSetField(tif, TIFFTAG_COMPRESSION, m->compression);
	if (m->tile) {
		TIFFSetField(tif, TIFFTAG_TILEWIDTH, 16);
		TIFFSetField(tif, TIFFTAG_TILELENGTH, m->tile);
		assert_true(TIFFWriteRawTile(tif, 0, (void *)m->data, n) == n);
	} else {
		TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, m->h);
		assert_true(TIFFWriteRawStrip(tif, 0, (void *)m->data, n) ==
			n);
	}
	TIFFClose(tif);
	return path;
}

static void refused(const char *path, int rc, const char *part)
{
	ip_test_reader_refuses(ip_tiff_read, path, rc, part);
}

/* A run of 8 pixels where the picture ends after 6. */
static void losses_among_pixels_are_warned_of(void **state)
{
	const struct raw m = { 3, 2, 0, COMPRESSION_PACKBITS, 2,
		{ 0x100 - 7, 5 } };
	const char *path = make("w", &m);
	struct ip_bundle b = { 0 };

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_tiff_read(path, &b), 0);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_int_equal(((unsigned char *)b.items[0].tensor.data)[5], 5);
	ip_bundle_free(&b);
}

/* The pointer to the next table, 0, which libtiff takes for read. */
static void tables_cut_at_their_end(void **state)
{
	static const struct { const char *mode; size_t pointer; } kinds[] = {
		{ "wl", 4 }, { "wb", 4 }, { "wl8", 8 }, { "wb8", 8 } };
	const struct raw m = { 3, 2, 0, COMPRESSION_NONE, 6,
		{ 1, 2, 3, 4, 5, 6 } };
	struct ip_bundle b = { 0 };
	unsigned char *p;
	const char *path;
	size_t i, k, n;

	(void)state;
	for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		path = make(kinds[i].mode, &m);
		assert_int_equal(ip_tiff_read(path, &b), 0);
		ip_bundle_free(&b);
		p = ip_test_read(path, &n);
		for (k = 1; k <= kinds[i].pointer; k++) {
			ip_test_write(path, p, n - k);
			refused(path, IP_ETRUNCATED, "inside the table");
		}
		free(p);
	}
}

/* Tables of PixarLog's are twice a picture of 8 bits: 280 MB. */
static void memory_of_codecs_is_bounded(void **state)
{
	static const struct raw m = { 70000000, 2, 0, COMPRESSION_PIXARLOG,
		16384, { 0 } };

	(void)state;
	if (!TIFFIsCODECConfigured(COMPRESSION_PIXARLOG))
		skip();
	refused(make("w", &m), IP_EFORMAT, "byte limit");
}

static void tiles_are_bounded(void **state)
{
	struct raw m = { 3, 2, 16, COMPRESSION_NONE, 256, { 0 } };
	struct ip_bundle b = { 0 };

	(void)state;
	assert_int_equal(ip_tiff_read(make("w", &m), &b), 0);
	ip_bundle_free(&b);
	m.tile = 65536;		/* a MiB */
	refused(make("w", &m), IP_ETRUNCATED, "cannot come out");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_among_pixels_are_warned_of),
		cmocka_unit_test(tables_cut_at_their_end),
		cmocka_unit_test(memory_of_codecs_is_bounded),
		cmocka_unit_test(tiles_are_bounded),
	};

	return cmocka_run_group_tests_name("tiff damage", tests, NULL, NULL);
}

#endif
