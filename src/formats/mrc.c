/*
 * MRC2014 and what came before: a header of 1024 bytes, an extended header,
 * pictures. Words are counted from 1 in its description, here from 0.
 */
#include <math.h>
#include <string.h>
#include <iphase/formats.h>
#include "bytes.h"
#include "rows.h"
#include "stream.h"

#define HEADER 1024
#define IMOD_STAMP 1146047817	/* its flags say more of mode 0 */

enum { NX = 0, NY, NZ, MODE, MX = 7, MY, MZ, CELL_A = 10, CELL_B,
	ALPHA = 13, AXES = 16, DMIN = 19, DMAX, DMEAN,
	EXTENDED = 23, VERSION = 27, IMOD = 38, IMOD_FLAGS, MAP = 52, STAMP,
	RMS, LABELS };

struct mrc {
	const char *path;
	unsigned char b[HEADER];
	int swap;
	uint64_t size;
	enum ip_dtype dtype;
};

/* Words of the header, which are in this machine's order by then. */
static int32_t word(const struct mrc *m, int i)
{
	int32_t v;

	memcpy(&v, m->b + 4 * i, 4);
	return v;
}

static double real(const struct mrc *m, int i)
{
	float v;

	memcpy(&v, m->b + 4 * i, 4);
	return v;
}

/*
 * Whether the numbers are little-endian: the stamp says so, or else the mode,
 * or the width where that is 0, whose upper bytes are the zeros.
 */
static int is_little(const struct mrc *m)
{
	const unsigned char *stamp = m->b + 4 * STAMP;
	const unsigned char *p = m->b + 4 * (le32(m->b + 4 * MODE) ? MODE :
		NX);

	if (stamp[0] == 0x44)
		return 1;
	if (stamp[0] == 0x11)
		return 0;
	return le32(p) <= be32(p);
}

static int set_dtype(struct mrc *m)
{
	int signs = word(m, IMOD) != IMOD_STAMP || (word(m, IMOD_FLAGS) & 1);

	switch (word(m, MODE)) {
	case 0: m->dtype = signs ? IP_I8 : IP_U8; return 0;
	case 1: m->dtype = IP_I16; return 0;
	case 2: m->dtype = IP_F32; return 0;
	case 4: m->dtype = IP_C64; return 0;
	case 6: m->dtype = IP_U16; return 0;
	case 12: m->dtype = IP_F16; return 0;
	}
	return ip_fail(IP_ENOTSUP, "%s: offset 12: mode %ld of MRC, expected 0"
		" (int8), 1 (int16), 2 (float32), 4 (complex64), 6 (uint16) or"
		" 12 (float16); convert the file to mode 2", m->path,
		(long)word(m, MODE));
}

/* Columns, rows and sections must be x, y and z, or not be said. */
static int check_axes(const struct mrc *m)
{
	long c = word(m, AXES), r = word(m, AXES + 1), s = word(m, AXES + 2);

	if ((c == 1 && r == 2 && s == 3) || (c == 0 && r == 0 && s == 0))
		return 0;
	return ip_fail(c < 1 || c > 3 || r < 1 || r > 3 || s < 1 || s > 3 ?
		IP_EFORMAT : IP_ENOTSUP, "%s: offset 64: columns, rows and"
		" sections are the axes %ld, %ld, %ld, expected 1, 2, 3",
		m->path, c, r, s);
}

/* *offset and shape of the pictures, all of which are in the file. */
static int check_size(const struct mrc *m, uint64_t *offset, size_t dim[3])
{
	long ext = word(m, EXTENDED);
	size_t bytes = ip_dtype_size(m->dtype);
	int i;

	for (i = 0; i < 3; i++) {
		if (word(m, NX + i) < 1)
			return ip_fail(IP_EFORMAT, "%s: offset %d: %ld pixels"
				" along axis %d, expected 1 or more; the file"
				" is damaged or no MRC file", m->path, 4 * i,
				(long)word(m, NX + i), i + 1);
		dim[i] = (size_t)word(m, NX + i);
		if (ip_mul_size(bytes, dim[i], &bytes))
			bytes = SIZE_MAX;
	}
	if (ext < 0 || (uint64_t)ext > m->size - HEADER)
		return ip_fail(ext < 0 ? IP_EFORMAT : IP_ETRUNCATED, "%s:"
			" offset 92: an extended header of %ld bytes in a file"
			" of %llu", m->path, ext, (unsigned long long)m->size);
	*offset = HEADER + (uint64_t)ext;
	if (bytes > m->size - *offset)
		return ip_fail(IP_ETRUNCATED, "%s: %zu x %zu x %zu pixels of"
			" %s need more than the %llu bytes behind the header",
			m->path, dim[0], dim[1], dim[2],
			ip_dtype_name(m->dtype),
			(unsigned long long)(m->size - *offset));
	if (bytes < m->size - *offset)
		ip_warn("%s: %llu bytes follow the pictures and are left out",
			m->path, (unsigned long long)(m->size - *offset -
			bytes));
	return 0;
}

static int set_pixel_size(const struct mrc *m, struct ip_bundle *b)
{
	double v[2];
	int i;

	for (i = 0; i < 2; i++) {
		long n = word(m, MX + i) > 0 ? word(m, MX + i) : word(m, i);

		v[i] = real(m, CELL_A + i) / (double)n;
	}
	return ip_pixel_size(&b->attrs, v);
}

static int read_head(FILE *f, struct mrc *m)
{
	int rc;

	if (m->size < HEADER)
		return ip_fail(IP_ETRUNCATED, "%s: %llu bytes, too short for"
			" an MRC header of %d", m->path,
			(unsigned long long)m->size, HEADER);
	rc = ip_input_read(f, m->path, 0, m->b, HEADER);
	if (rc < 0)
		return rc;
	m->swap = is_little(m) != host_little();
	if (m->swap)
		swap_words(m->b, HEADER / 4, 4);
	rc = set_dtype(m);
	return rc < 0 ? rc : check_axes(m);
}

static int read_mrc(FILE *f, struct mrc *m, struct ip_bundle *b)
{
	struct ip_rows rows = { f, m->path, 0, 0 };
	struct ip_tensor t = { 0 };
	size_t dim[3];
	int rc = read_head(f, m);

	if (rc == 0)
		rc = check_size(m, &rows.offset, dim);
	if (rc < 0)
		return rc;
	rows.swap = m->swap;
	rc = ip_rows_new(&t, m->dtype, dim);
	if (rc == 0)
		rc = ip_rows_read(&rows, &t);
	if (rc == 0)
		rc = ip_bundle_add(b, "image", &t, NULL);
	if (rc == 0)
		rc = set_pixel_size(m, b);
	ip_tensor_free(&t);
	return rc;
}

int ip_mrc_read(const char *path, struct ip_bundle *b)
{
	struct mrc m = { .path = path };
	FILE *f;
	int rc;

	rc = ip_input_open(&f, &m.size, path);
	if (rc < 0)
		return rc;
	rc = read_mrc(f, &m, b);
	fclose(f);
	if (rc < 0)
		ip_bundle_free(b);
	return rc;
}

/* ---- writing ---- */

static void put_real(unsigned char *b, int i, double v)
{
	float f = (float)v;
	uint32_t u;

	memcpy(&u, &f, 4);
	put32(b + 4 * i, u);
}

static void put_range(unsigned char *b, const struct ip_rows_range *r,
	double n)
{
	double mean = r->sum / n, var = r->squares / n - mean * mean;

	put_real(b, DMIN, r->min);
	put_real(b, DMAX, r->max);
	put_real(b, DMEAN, mean);
	put_real(b, RMS, sqrt(var > 0 ? var : 0));
}

/* A stack of pictures: space group 0, one section a cell. */
static void put_head(unsigned char *b, const size_t dim[3],
	const double pixel_size[2])
{
	int i;

	for (i = 0; i < 3; i++) {
		put32(b + 4 * (NX + i), (uint32_t)dim[i]);
		put32(b + 4 * (MX + i), i < 2 ? (uint32_t)dim[i] : 1);
		put32(b + 4 * (AXES + i), (uint32_t)i + 1);
		put_real(b, ALPHA + i, 90);
		if (pixel_size)
			put_real(b, CELL_A + i, i < 2 ? pixel_size[i] *
				(double)dim[i] : pixel_size[0]);
	}
	put32(b + 4 * MODE, 2);
	put32(b + 4 * VERSION, 20140);
	memcpy(b + 4 * MAP, "MAP \x44\x44", 6);
	put32(b + 4 * LABELS, 1);
	memset(b + 4 * LABELS + 4, ' ', 80);
	memcpy(b + 4 * LABELS + 4, "iphase", 6);
}

int ip_mrc_write(const char *path, const struct ip_tensor *t,
	const double *pixel_size)
{
	unsigned char b[HEADER] = { 0 };
	struct ip_rows_range range;
	struct ip_outfile *o;
	size_t dim[3];
	int rc = ip_rows_check(path, t, dim);

	if (rc < 0)
		return rc;
	rc = ip_outfile_open(&o, path);
	if (rc < 0)
		return rc;
	put_head(b, dim, pixel_size);
	rc = ip_outfile_write(o, b, sizeof b);
	if (rc == 0)
		rc = ip_rows_write(o, t, &range);
	if (rc == 0) {	/* the range stands before what it is of */
		put_range(b, &range, (double)ip_tensor_count(t));
		rc = fseeko(o->file, 0, SEEK_SET) == 0 ?
			ip_outfile_write(o, b, sizeof b) :
			ip_fail_errno(IP_EIO, "%s: cannot be written", path);
	}
	if (rc < 0) {
		ip_outfile_abort(o);
		return rc;
	}
	return ip_outfile_commit(o);
}
