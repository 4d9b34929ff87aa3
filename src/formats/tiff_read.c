/* Gray TIFF through libtiff: one page or a stack, and ImageJ's calibration. */
#include <iphase/formats.h>
#include "config.h"
#include "../core/core.h"

#if IP_HAVE_TIFF

#include <math.h>
#include <string.h>
#include <tiffio.h>
#include "bytes.h"
#include "rows.h"
#include "stream.h"
#include "tiff.h"

/*
 * Pixels out of a file are at most so many times its bytes: more than any
 * compression makes of a picture with something in it, so that a damaged
 * header cannot ask for all memory.
 */
#define PACKED_MOST 16384
#define CODEC_MEMORY ((uint64_t)1 << 28)

struct page {
	uint32_t w, h;
	enum ip_dtype dtype;
};

struct tiff {
	const char *path;
	FILE *f;
	uint64_t size;
	TIFF *tif;
	int inside;		/* among pixels, where a warning is a loss */
	char error[256];	/* libtiff's last */
	struct page page;	/* the first */
	size_t pages;
	struct ip_imagej imagej;
};

/* ---- libtiff's view of the file, and what it says ---- */

static tmsize_t file_read(thandle_t h, void *p, tmsize_t n)
{
	struct tiff *t = h;

	return (tmsize_t)fread(p, 1, (size_t)n, t->f);
}

static tmsize_t file_write(thandle_t h, void *p, tmsize_t n)
{
	(void)h;
	(void)p;
	(void)n;
	return 0;
}

static toff_t file_seek(thandle_t h, toff_t at, int whence)
{
	struct tiff *t = h;

	return fseeko(t->f, (off_t)at, whence) == 0 ? (toff_t)ftello(t->f) :
		(toff_t)-1;
}

static int file_close(thandle_t h)
{
	(void)h;
	return 0;
}

static toff_t file_size(thandle_t h)
{
	struct tiff *t = h;

	return t->size;
}

static int on_error(TIFF *tif, void *ctx, const char *module, const char *fmt,
	va_list ap)
{
	struct tiff *t = ctx;

	(void)tif;
	(void)module;
	if (!t->error[0])	/* the first is the cause */
		vsnprintf(t->error, sizeof t->error, fmt, ap);
	return 1;
}

static int on_warning(TIFF *tif, void *ctx, const char *module,
	const char *fmt, va_list ap)
{
	struct tiff *t = ctx;
	char text[256];

	(void)tif;
	(void)module;
	vsnprintf(text, sizeof text, fmt, ap);
	if (t->inside)
		ip_warn("%s: %s", t->path, text);
	else		/* a microscope's own tags, as a rule */
		ip_debug("%s: %s", t->path, text);
	return 1;
}

static int fail(const struct tiff *t, const char *what)
{
	return ip_fail(IP_EFORMAT, "%s: %s%s%s; the file is damaged or ends"
		" too early", t->path, what, t->error[0] ? ": " : "",
		t->error);
}

static int open_tiff(struct tiff *t)
{
	TIFFOpenOptions *how = TIFFOpenOptionsAlloc();
	uint64_t most = t->size > INT64_MAX / 64 - CODEC_MEMORY ? INT64_MAX :
		64 * t->size + CODEC_MEMORY;

	if (!how)
		return ip_fail(IP_ENOMEM, "out of memory");
	TIFFOpenOptionsSetErrorHandlerExtR(how, on_error, t);
	TIFFOpenOptionsSetWarningHandlerExtR(how, on_warning, t);
	TIFFOpenOptionsSetMaxSingleMemAlloc(how, (tmsize_t)most);
	t->tif = TIFFClientOpenExt(t->path, "rm", t, file_read, file_write,
		file_seek, file_close, file_size, NULL, NULL, how);
	TIFFOpenOptionsFree(how);
	return t->tif ? 0 : fail(t, "no TIFF file that can be read");
}

/* ---- what a page is ---- */

static unsigned get(TIFF *tif, uint32_t tag, unsigned fallback)
{
	uint16_t v = 0;

	return TIFFGetFieldDefaulted(tif, tag, &v) ? v : fallback;
}

/* A picture in itself, not a small one or a mask of another. */
static int is_picture(TIFF *tif)
{
	uint32_t kind = 0;

	TIFFGetField(tif, TIFFTAG_SUBFILETYPE, &kind);
	return !(kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK));
}

/* Gray, 0 is black, rows from the top. */
static int check_look(const struct tiff *t)
{
	unsigned look = get(t->tif, TIFFTAG_PHOTOMETRIC,
		PHOTOMETRIC_MINISBLACK);
	unsigned samples = get(t->tif, TIFFTAG_SAMPLESPERPIXEL, 1);
	unsigned way = get(t->tif, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);

	if (look == PHOTOMETRIC_PALETTE)
		return ip_fail(IP_ENOTSUP, "%s: a picture in false colours;"
			" save it with gray ones (ImageJ: Image > Lookup"
			" Tables > Grays)", t->path);
	if (look == PHOTOMETRIC_MINISWHITE)
		return ip_fail(IP_ENOTSUP, "%s: a picture in which 0 is white:"
			" whether its numbers are counts or their negative is"
			" not known; save it with 0 as black (ImageJ: Image >"
			" Lookup Tables > Invert LUT)", t->path);
	if (look != PHOTOMETRIC_MINISBLACK || samples != 1)
		return ip_fail(IP_ENOTSUP, "%s: a picture in colours or of"
			" several channels (photometric %u, %u samples a"
			" pixel), expected plain gray; export the data, not"
			" what is displayed, as 16-bit or float TIFF",
			t->path, look, samples);
	if (way != ORIENTATION_TOPLEFT)
		return ip_fail(IP_ENOTSUP, "%s: the picture is stored turned"
			" (orientation %u), expected rows from the top; turn"
			" it (magick %s -auto-orient upright.tif)", t->path,
			way, t->path);
	return 0;
}

static int set_dtype(const struct tiff *t, enum ip_dtype *dtype)
{
	unsigned bits = get(t->tif, TIFFTAG_BITSPERSAMPLE, 1);
	unsigned kind = get(t->tif, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
	int log2 = bits == 8 ? 0 : bits == 16 ? 1 : bits == 32 ? 2 :
		bits == 64 ? 3 : -1;

	if (kind == SAMPLEFORMAT_VOID)	/* not said */
		kind = SAMPLEFORMAT_UINT;
	if (log2 < 0 || kind > SAMPLEFORMAT_IEEEFP ||
	    (kind == SAMPLEFORMAT_IEEEFP && log2 == 0))
		return ip_fail(IP_ENOTSUP, "%s: numbers of %u bits, format %u;"
			" expected integers of 8, 16, 32 or 64 bits or floats"
			" of 16, 32 or 64; save it as 16-bit or float TIFF",
			t->path, bits, kind);
	*dtype = (enum ip_dtype)((kind == SAMPLEFORMAT_UINT ? IP_U8 :
		kind == SAMPLEFORMAT_INT ? IP_I8 : IP_F16 - 1) + log2);
	return 0;
}

static int describe(const struct tiff *t, struct page *p)
{
	unsigned packed = get(t->tif, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
	uint32_t w = 0, h = 0;
	int rc = check_look(t);

	if (rc == 0)
		rc = set_dtype(t, &p->dtype);
	if (rc < 0)
		return rc;
	if (!TIFFGetField(t->tif, TIFFTAG_IMAGEWIDTH, &w) ||
	    !TIFFGetField(t->tif, TIFFTAG_IMAGELENGTH, &h) || w == 0 ||
	    h == 0 || w > INT32_MAX || h > INT32_MAX)
		return ip_fail(IP_EFORMAT, "%s: a picture of %lu x %lu pixels;"
			" the file is damaged", t->path, (unsigned long)w,
			(unsigned long)h);
	p->w = w;
	p->h = h;
	return TIFFIsCODECConfigured((uint16_t)packed) ? 0 :
		ip_fail(IP_ENOTSUP, "%s: compression %u, which this libtiff"
			" cannot unpack; save it without compression",
			t->path, packed);
}

/* Whether that many bytes, and what a codec needs, may come out of the file. */
static int check_bytes(const struct tiff *t, uint64_t pages)
{
	uint64_t one = (uint64_t)t->page.w * t->page.h *
		ip_dtype_size(t->page.dtype), most = t->size, tile = 0;

	if (get(t->tif, TIFFTAG_COMPRESSION, COMPRESSION_NONE) !=
	    COMPRESSION_NONE)
		most = t->size > UINT64_MAX / PACKED_MOST ? UINT64_MAX :
			t->size * PACKED_MOST;
	if (TIFFIsTiled(t->tif))
		tile = TIFFTileSize64(t->tif);
	if (one > most / pages || tile > (most < 65536 ? 65536 : most))
		return ip_fail(IP_ETRUNCATED, "%s: %lu x %lu pixels of %s in"
			" %llu pages cannot come out of %llu bytes", t->path,
			(unsigned long)t->page.w, (unsigned long)t->page.h,
			ip_dtype_name(t->page.dtype),
			(unsigned long long)pages,
			(unsigned long long)t->size);
	return 0;
}

/* ---- pages ---- */

/*
 * libtiff takes a table whose pointer to the next is missing for the last
 * one: whether the file goes on that far. A number of entries, they, pointer.
 */
static int check_last(const struct tiff *t)
{
	uint64_t at = TIFFCurrentDirOffset(t->tif), n;
	unsigned char b[8];
	int big = TIFFIsBigTIFF(t->tif);
	int rc = ip_input_read(t->f, t->path, at, b, big ? 8 : 2);

	if (rc < 0)
		return rc;
	if (TIFFIsBigEndian(t->tif))
		swap_words(b, 1, big ? 8 : 2);
	n = big ? le64(b) : le16(b);
	if (n < 65536 && (big ? 16 + 20 * n : 6 + 12 * n) <= t->size - at)
		return 0;
	return ip_fail(IP_ETRUNCATED, "%s: offset %llu: the file ends inside"
		" the table of a page", t->path, (unsigned long long)at);
}

/* Go on to the next page that is a picture; *more 0 if there is none. */
static int next_page(struct tiff *t, int *more)
{
	do {
		if (TIFFLastDirectory(t->tif)) {
			*more = 0;
			return check_last(t);
		}
		if (!TIFFReadDirectory(t->tif))
			return fail(t, "the table of a page cannot be read");
	} while (!is_picture(t->tif));
	*more = 1;
	return 0;
}

static int first_page(struct tiff *t)
{
	int more = 1, rc;

	if (!TIFFSetDirectory(t->tif, 0))
		return fail(t, "the table of the first page cannot be read");
	if (is_picture(t->tif))
		return 0;
	rc = next_page(t, &more);
	return rc < 0 || more ? rc : ip_fail(IP_ENOTFOUND, "%s: no picture in"
		" it but small ones of others, or masks", t->path);
}

/* The page at hand, number i, against the first. */
static int check_alike(const struct tiff *t, size_t i)
{
	const struct page *first = &t->page;
	struct page p;
	int rc = describe(t, &p);

	if (rc < 0 || (p.w == first->w && p.h == first->h &&
	    p.dtype == first->dtype))
		return rc;
	return ip_fail(IP_ENOTSUP, "%s: page %zu has %lu x %lu pixels of %s,"
		" the first %lu x %lu of %s; a stack has pages of one kind:"
		" save them as files of their own", t->path, i,
		(unsigned long)p.w, (unsigned long)p.h,
		ip_dtype_name(p.dtype), (unsigned long)first->w,
		(unsigned long)first->h, ip_dtype_name(first->dtype));
}

/* Count the pages; all must be like the first. */
static int check_pages(struct tiff *t)
{
	int more = 1, rc = first_page(t);

	if (rc == 0)
		rc = describe(t, &t->page);
	for (t->pages = 0; rc == 0 && more; ) {
		if (t->pages)
			rc = check_alike(t, t->pages);
		t->pages++;
		if (rc == 0)
			rc = check_bytes(t, t->pages);
		if (rc == 0)
			rc = next_page(t, &more);
	}
	return rc;
}

/* ---- pixels ---- */

static int read_strips(struct tiff *t, unsigned char *out)
{
	size_t size = ip_dtype_size(t->page.dtype), w = t->page.w, n;
	uint32_t rows = t->page.h, y;
	unsigned char *buffer;
	tmsize_t got;
	int rc = 0;

	TIFFGetFieldDefaulted(t->tif, TIFFTAG_ROWSPERSTRIP, &rows);
	rows = rows < t->page.h ? rows : t->page.h;
	if (rows == 0 || TIFFScanlineSize64(t->tif) != w * size)
		return fail(t, "strips that do not fit the picture");
	buffer = ip_alloc(rows * w * size);
	if (!buffer)
		return IP_ENOMEM;
	for (y = 0; y < t->page.h && rc == 0; y += rows) {
		n = t->page.h - y < rows ? t->page.h - y : rows;
		got = TIFFReadEncodedStrip(t->tif, TIFFComputeStrip(t->tif, y,
			0), buffer, (tmsize_t)(n * w * size));
		if (got != (tmsize_t)(n * w * size))
			rc = fail(t, "pixels cannot be read");
		else
			ip_rows_put(out, t->page.h, 0, y, buffer, w, w, n,
				size);
		if (y > UINT32_MAX - rows)
			break;
	}
	ip_free(buffer);
	return rc;
}

static int read_tiles(struct tiff *t, unsigned char *out)
{
	size_t size = ip_dtype_size(t->page.dtype), n, m;
	uint32_t w = 0, h = 0, x, y;
	unsigned char *buffer;
	int rc = 0;

	TIFFGetField(t->tif, TIFFTAG_TILEWIDTH, &w);
	TIFFGetField(t->tif, TIFFTAG_TILELENGTH, &h);
	if (w == 0 || h == 0 || w > INT32_MAX || h > INT32_MAX ||
	    TIFFTileSize64(t->tif) != (uint64_t)w * h * size)
		return fail(t, "tiles that do not fit the picture");
	buffer = ip_alloc((size_t)w * h * size);
	if (!buffer)
		return IP_ENOMEM;
	for (y = 0; y < t->page.h && rc == 0; y += h)
		for (x = 0; x < t->page.w && rc == 0; x += w) {
			if (TIFFReadTile(t->tif, buffer, x, y, 0, 0) !=
			    (tmsize_t)((size_t)w * h * size)) {
				rc = fail(t, "pixels cannot be read");
				break;
			}
			n = t->page.w - x < w ? t->page.w - x : w;
			m = t->page.h - y < h ? t->page.h - y : h;
			ip_rows_put(out, t->page.h, x, y, buffer, w, n, m,
				size);
		}
	ip_free(buffer);
	return rc;
}

static int read_pages(struct tiff *t, struct ip_tensor *all)
{
	size_t bytes = (size_t)t->page.w * t->page.h *
		ip_dtype_size(t->page.dtype), i;
	unsigned char *out = all->data;
	int more, rc = first_page(t);

	for (i = 0; i < t->pages && rc == 0; i++) {
		t->error[0] = '\0';
		t->inside = 1;
		rc = TIFFIsTiled(t->tif) ? read_tiles(t, out + i * bytes) :
			read_strips(t, out + i * bytes);
		t->inside = 0;
		if (rc == 0)
			rc = next_page(t, &more);
	}
	return rc;
}

/*
 * ImageJ gives a stack too big for TIFF one table, that of its first picture;
 * the others follow it as they are.
 */
static int is_bare_stack(const struct tiff *t)
{
	return t->pages == 1 && t->imagej.images > 1 &&
		!TIFFIsTiled(t->tif) && get(t->tif, TIFFTAG_COMPRESSION,
		COMPRESSION_NONE) == COMPRESSION_NONE;
}

static int read_bare_stack(struct tiff *t, struct ip_tensor *all)
{
	struct ip_rows rows = { t->f, t->path, 0, TIFFIsByteSwapped(t->tif) };
	uint64_t bytes = (uint64_t)ip_tensor_count(all) *
		ip_dtype_size(all->dtype);

	rows.offset = TIFFGetStrileOffset(t->tif, 0);
	if (rows.offset > t->size || bytes > t->size - rows.offset)
		return ip_fail(IP_ETRUNCATED, "%s: %llu images of ImageJ's"
			" need more than the %llu bytes of the file",
			t->path, (unsigned long long)t->imagej.images,
			(unsigned long long)t->size);
	return ip_rows_read(&rows, all);
}

/* ---- the whole ---- */

/* Of the first page: ImageJ says what its numbers and lengths mean. */
static int read_description(struct tiff *t, double size[2])
{
	const char *text = NULL;
	float v[2] = { 0 };
	int i, rc = first_page(t);

	if (rc < 0)
		return rc;
	TIFFGetField(t->tif, TIFFTAG_IMAGEDESCRIPTION, &text);
	if (!ip_imagej_parse(text ? text : "", &t->imagej) ||
	    !(t->imagej.unit > 0))
		return 0;
	TIFFGetField(t->tif, TIFFTAG_XRESOLUTION, &v[0]);
	TIFFGetField(t->tif, TIFFTAG_YRESOLUTION, &v[1]);
	for (i = 0; i < 2; i++)
		size[i] = t->imagej.unit / v[i];
	return 0;
}

static int calibrate(const struct tiff *t, struct ip_tensor *all)
{
	struct ip_tensor f = { 0 };
	size_t i, n = ip_tensor_count(all);
	float *v;
	int rc;

	if (t->imagej.curved)
		ip_warn("%s: ImageJ says its values are a function of the"
			" numbers; they are taken as stored", t->path);
	if (!t->imagej.straight)
		return 0;
	rc = ip_tensor_convert(&f, IP_F32, all);
	if (rc < 0)
		return rc;
	v = f.data;
	for (i = 0; i < n; i++)
		v[i] = (float)(t->imagej.c[0] + t->imagej.c[1] * v[i]);
	ip_tensor_free(all);
	*all = f;
	return 0;
}

static int read_tiff(struct tiff *t, struct ip_tensor *all, double size[2])
{
	size_t dim[3];
	int bare, rc = check_pages(t);

	if (rc == 0)
		rc = read_description(t, size);
	if (rc < 0)
		return rc;
	bare = is_bare_stack(t);
	dim[0] = t->page.w;
	dim[1] = t->page.h;
	dim[2] = bare ? (size_t)t->imagej.images : t->pages;
	rc = bare ? check_bytes(t, t->imagej.images) : 0;
	if (rc == 0)
		rc = ip_rows_new(all, t->page.dtype, dim);
	if (rc == 0)
		rc = bare ? read_bare_stack(t, all) : read_pages(t, all);
	return rc < 0 ? rc : calibrate(t, all);
}

int ip_tiff_read(const char *path, struct ip_bundle *b)
{
	struct tiff t = { .path = path };
	struct ip_tensor all = { 0 };
	double size[2] = { 0 };
	int rc;

	rc = ip_input_open(&t.f, &t.size, path);
	if (rc < 0)
		return rc;
	rc = open_tiff(&t);
	if (rc == 0)
		rc = read_tiff(&t, &all, size);
	if (t.tif)
		TIFFClose(t.tif);
	fclose(t.f);
	if (rc == 0)
		rc = ip_bundle_add(b, "image", &all, NULL);
	if (rc == 0)
		rc = ip_pixel_size(&b->attrs, size);
	ip_tensor_free(&all);
	if (rc < 0)
		ip_bundle_free(b);
	return rc;
}

#else

int ip_tiff_read(const char *path, struct ip_bundle *b)
{
	(void)b;
	return ip_fail(IP_ENOTSUP, "%s: built without TIFF; install libtiff-dev"
		" (4.5 or later), then ./configure and make again", path);
}

#endif
