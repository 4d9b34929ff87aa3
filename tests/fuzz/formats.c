/*
 * Foreign formats under attack. LLVMFuzzerTestOneInput takes its first byte
 * as the format and the rest as the file. Built without a fuzzer, main cuts a
 * small file of each format at every byte, flips 10,000 bits, changes bytes,
 * and lets every allocation fail once. Each must give one error and leave the
 * output empty, or be read: to the same data where the format has checksums.
 * These are also made right again, so that what they guard is reached.
 */
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>
#include "support/support.h"
#include "support/ipt_fixture.h"
#include "support/dm.h"
#include "support/torch.h"
#include "config.h"
#if IP_HAVE_HDF5
#include "support/hdf5.h"
#endif
#include "core/core.h"
#include "formats/bytes.h"
#include "iphase/formats.h"
#if IP_HAVE_TIFF
#include <tiffio.h>
#endif

struct output {
	struct ip_bundle bundle;
	struct ip_cube cube;
	struct ip_structure structure;
	struct ip_tensor tensor;
};

static int read_npy(const char *path, struct output *o)
{
	return ip_npy_read(path, &o->tensor);
}

static int read_npz(const char *path, struct output *o)
{
	return ip_npz_read(path, &o->bundle);
}

static int read_cube(const char *path, struct output *o)
{
	return ip_cube_read(path, &o->cube);
}

static int read_xyz(const char *path, struct output *o)
{
	return ip_xyz_read(path, &o->structure);
}

static int read_cif(const char *path, struct output *o)
{
	return ip_cif_read(path, &o->structure);
}

static int read_png(const char *path, struct output *o)
{
	return ip_png_read(path, &o->tensor);
}

static int read_torch(const char *path, struct output *o)
{
	return ip_torch_read(path, &o->bundle);
}

static int read_safetensors(const char *path, struct output *o)
{
	return ip_safetensors_read(path, &o->bundle);
}

#if IP_HAVE_HDF5
static int read_emd(const char *path, struct output *o)
{
	return ip_emd_read(path, &o->bundle);
}
#endif

#if IP_HAVE_TIFF
static int read_tiff(const char *path, struct output *o)
{
	return ip_tiff_read(path, &o->bundle);
}
#endif

static int read_mrc(const char *path, struct output *o)
{
	return ip_mrc_read(path, &o->bundle);
}

static int read_dm(const char *path, struct output *o)
{
	return ip_dm_read(path, &o->bundle);
}

/* sure: every change of a bit must be noticed. */
static const struct format {
	const char *name;
	int (*read)(const char *path, struct output *o);
	int sure;
} formats[] = {
	{ "npy", read_npy, 0 }, { "npz", read_npz, 1 },
	{ "cube", read_cube, 0 }, { "xyz", read_xyz, 0 },
	{ "png", read_png, 1 }, { "torch", read_torch, 1 },
	{ "torch's own", read_torch, 1 },
	{ "safetensors", read_safetensors, 0 }, { "cif", read_cif, 0 },
	{ "mrc", read_mrc, 0 }, { "dm", read_dm, 0 },
#if IP_HAVE_TIFF
	{ "tiff", read_tiff, 0 }, { "packed tiff", read_tiff, 0 },
#endif
#if IP_HAVE_HDF5
	{ "Velox 9", read_emd, 0 }, { "Velox 11", read_emd, 0 },
	{ "EMD 1.0", read_emd, 0 }, { "hspy", read_emd, 0 },
#endif
};

enum { NPY, NPZ, CUBE, XYZ, PNG, TORCH, PYTORCH, SAFETENSORS, CIF, MRC, DM,
#if IP_HAVE_TIFF
	TIFF_PLAIN, TIFF_PACKED,
#endif
#if IP_HAVE_HDF5
	VELOX_9, VELOX_11, EMD_1, HSPY,
#endif
};
#define FORMATS (sizeof formats / sizeof *formats)

static char path[512];
static int errors, warnings;

static void on_log(void *ctx, enum ip_level level, const char *text)
{
	(void)ctx;
	errors += level == IP_LOG_ERROR && text[0];
	warnings += level == IP_LOG_WARN;
}

static void release(struct output *o)
{
	ip_bundle_free(&o->bundle);
	ip_cube_free(&o->cube);
	ip_structure_free(&o->structure);
	ip_tensor_free(&o->tensor);
}

static int read_bytes(const struct format *f, const void *p, size_t n,
	struct output *o)
{
	FILE *file;

	if (!path[0]) {
		snprintf(path, sizeof path, "%s", ip_test_tmp("fuzz"));
		ip_log_set(on_log, NULL);
	}
	/* not "wb": cutting to nothing makes some file systems wait for the
	 * disk at the close */
	file = fopen(path, "r+b");
	if (!file)
		file = fopen(path, "wb");
	if (!file || fwrite(p, 1, n, file) != n || fflush(file) != 0 ||
	    ftruncate(fileno(file), (off_t)n) != 0 || fclose(file) != 0)
		exit(99);
	errors = warnings = 0;
	return f->read(path, o);
}

/* What has been read must be whole: touch all of it. */
static double touch_tensor(const struct ip_tensor *t)
{
	size_t n = ip_tensor_count(t) * ip_dtype_size(t->dtype), i;
	double sum = 0;

	for (i = 0; i < n; i++)
		sum += ((unsigned char *)t->data)[i];
	return sum;
}

static double touch(const struct output *o)
{
	double sum = touch_tensor(&o->cube.grid) + touch_tensor(&o->tensor);
	size_t i;

	for (i = 0; i < o->structure.count; i++)
		sum += o->structure.atoms[i].z;
	for (i = 0; i < o->bundle.count; i++)
		sum += touch_tensor(&o->bundle.items[i].tensor);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct output o = { 0 };

	if (size && read_bytes(&formats[data[0] % FORMATS], data + 1, size - 1,
	    &o) == 0)
		touch(&o);
	release(&o);
	return 0;
}

#ifndef IP_LIBFUZZER

#define FLIPS 10000

static int failures;

/* Fewer of formats for which a process starts each time. */
static size_t flips(const struct format *f)
{
#if IP_HAVE_HDF5
	if (f->read == read_emd)
		return 200;
#endif
	(void)f;
	return FLIPS;
}

static void complain(const struct format *f, const char *how, size_t at,
	const char *what)
{
	if (failures++ < 20)
		printf("# %s, %s %zu: %s\n", f->name, how, at, what);
}

static int same_tensor(const struct ip_tensor *a, const struct ip_tensor *b)
{
	return a->dtype == b->dtype && a->ndim == b->ndim &&
		memcmp(a->shape, b->shape, sizeof a->shape) == 0 &&
		(!a->data || memcmp(a->data, b->data, ip_tensor_count(a) *
		ip_dtype_size(a->dtype)) == 0);
}

static int same(const struct output *a, const struct output *b)
{
	return ip_test_same_bundle(&a->bundle, &b->bundle) &&
		same_tensor(&a->tensor, &b->tensor);
}

/* Read, and judge what came of it. may: only one message is asked for. */
static void judge(const struct format *f, const void *p, size_t n,
	const char *how, size_t at, const struct output *whole, int may)
{
	static const struct output none;
	struct output o = { 0 };
	int rc = read_bytes(f, p, n, &o);

	if (rc < 0 && errors != 1)
		complain(f, how, at, "an error, but not one message");
	if (rc < 0 && memcmp(&o, &none, sizeof o) != 0)
		complain(f, how, at, "an error, but something in the output");
	if (rc == 0 && errors)
		complain(f, how, at, "an error message, but no error");
	if (rc > 0)
		complain(f, how, at, "a status above 0");
	if (rc == 0 && !may && (!f->sure || !same(&o, whole)))
		complain(f, how, at, "taken, and not a word");
	if (rc == 0)
		touch(&o);
	release(&o);
}

static void cut(const struct format *f, const unsigned char *p, size_t size,
	const struct output *whole)
{
	struct output o = { 0 };
	size_t n, last = size;

	/* of text, the last number may be cut with a warning, its line end
	 * without a loss */
	if (f == &formats[CUBE] || f == &formats[XYZ])
		for (last = size - 1; p[last - 1] != ' '; last--)
			;
	if (f == &formats[CIF])	/* atoms before are whole, but too few */
		last = 0;
	if (f == &formats[DM])	/* zeros end it; which is told */
		last = size - 8;
	for (n = 0; n < size; n++) {
		judge(f, p, n, "cut at", n, whole, n >= last);
		if (n < last)
			continue;
		if (read_bytes(f, p, n, &o) == 0 && warnings == 0)
			complain(f, "cut at", n, "taken without a warning");
		release(&o);
	}
}

static void flip(const struct format *f, unsigned char *p, size_t size,
	const struct output *whole, uint64_t *s)
{
	size_t i, bit;

	for (i = 0; i < flips(f); i++) {
		bit = ip_test_random(s) % (8 * size);
		p[bit / 8] ^= (unsigned char)(1u << bit % 8);
		judge(f, p, size, "flipped bit", bit, whole, !f->sure);
		p[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
}

/* The same for an archive whose members (stored) have no header behind. */
static void mend_zip(unsigned char *p, size_t size)
{
	size_t at = size > 22 ? le32(p + size - 6) : size, from, n;
	uint32_t crc;

	for (; at < size && size - at > 46 && le32(p + at) == 0x02014b50;
	    at += 46 + (size_t)le16(p + at + 28) + le16(p + at + 30)) {
		from = le32(p + at + 42);
		n = le32(p + at + 20);
		if (from > size - 30 || from + 30 + le16(p + from + 26) +
		    le16(p + from + 28) + n > size)
			return;
		crc = (uint32_t)crc32(0, p + from + 30 + le16(p + from + 26) +
			le16(p + from + 28), (uInt)n);
		put32(p + at + 16, crc);
		put32(p + from + 14, crc);
	}
}

/* Make the checksums of a PNG right, as far as its parts can be found. */
static void mend_png(unsigned char *p, size_t size)
{
	size_t at = 8, n;
	uLong crc;

	for (; size - at >= 12; at += n + 12) {
		n = (size_t)p[at] << 24 | (size_t)p[at + 1] << 16 |
			(size_t)p[at + 2] << 8 | p[at + 3];
		if (n > size - at - 12)
			return;
		crc = crc32(0, p + at + 4, (uInt)n + 4);
		p[at + n + 8] = (unsigned char)(crc >> 24);
		p[at + n + 9] = (unsigned char)(crc >> 16);
		p[at + n + 10] = (unsigned char)(crc >> 8);
		p[at + n + 11] = (unsigned char)crc;
	}
}

static void mend(const struct format *f, unsigned char *p, size_t size)
{
	if (f == &formats[PNG])
		mend_png(p, size);
	if (f == &formats[TORCH] || f == &formats[PYTORCH])
		mend_zip(p, size);
}

/* Bits flip, and the checksums are right again. */
static void flip_mended(const struct format *f, const unsigned char *p,
	size_t size, uint64_t *s)
{
	unsigned char *q = malloc(size);
	size_t i, bit;

	for (i = 0; i < flips(f); i++) {
		bit = ip_test_random(s) % (8 * size);
		memcpy(q, p, size);
		q[bit / 8] ^= (unsigned char)(1u << bit % 8);
		mend(f, q, size);
		judge(f, q, size, "flipped and mended bit", bit, NULL, 1);
	}
	free(q);
}

/* A few bytes become interesting ones. */
static void tamper(const struct format *f, const unsigned char *p,
	size_t size, uint64_t *s)
{
	static const unsigned char bytes[] = "\0\1\2\3\10\77\100\177\200\376"
		"\377 0123456789-+.e\n\"'(){},:=NaInf[]hjqrtusQRKMJX\205"
		"\206\207\210\212\224";
	unsigned char *q = malloc(size);
	size_t i, k;

	for (i = 0; i < flips(f); i++) {
		memcpy(q, p, size);
		for (k = 1 + ip_test_random(s) % 4; k > 0; k--)
			q[ip_test_random(s) % size] = bytes[ip_test_random(s) %
				(sizeof bytes - 1)];
		mend(f, q, size);
		judge(f, q, size, "changed bytes", i, NULL, 1);
	}
	free(q);
}

/* The first, second .. allocation fails; a leak is the sanitizer's to see. */
static void starve(const struct format *f, const unsigned char *p, size_t size)
{
	struct output o = { 0 };
	long n;
	int rc = -1;

	for (n = 0; rc < 0 && n < 10000; n++) {
		ip_alloc_fail_after(n);
		rc = read_bytes(f, p, size, &o);
		ip_alloc_fail_after(-1);
		if (rc < 0 && (rc != IP_ENOMEM || errors != 1))
			complain(f, "allocation", (size_t)n, "not refused"
				" cleanly");
	}
	release(&o);
}

/* ---- a small file of each ---- */

static const char cube[] = "GaN\nmade up\n 2 0.0 0.0 0.0\n"
	" 2 3.0 0.0 0.0\n 2 -1.5 2.6 0.0\n 3 0.0 0.0 3.3\n"
	" 31 13.0 1.0 0.0 -1.0\n 7 5.0 2.5 1.0 4.0\n"
	" 0.10000E+01 -0.20000E-02 3. 4. 5.\n 6. 7. 8. 9. 10.0 11.5 -1.25E-10\n";
static const char xyz[] = "2\nLattice=\"3.2 0 0 -1.6 2.77 0 0 0 5.18\""
	" pbc=\"T T T\" Properties=species:S:1:pos:R:3:u_rms:R:1:q:R:2\n"
	"Ga 0.0 1.8 -2.5e-3 0.07 1 2\nN 1.6 0.9 1.95 0.08 0 0.125\n";

static const char cif[] = "data_x\n_chemical_formula_sum 'Ga N'\n"
	"_cell_length_a 3.189(2)\n_cell_length_b 3.189\n_cell_length_c 5.2\n"
	"_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 120\n"
	"_note\n;\nof 'no' use\n;\nloop_\n_symmetry_equiv_pos_as_xyz\n"
	"x,y,z\n'-y, x-y, z'\ny-x,-x,z\n-x,-y,1/2+z\ny,y-x,z+.5\n"
	"x-y,x,z+0.5\nloop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\n"
	"_atom_site_aniso_U_22\n_atom_site_aniso_U_33\n"
	"_atom_site_aniso_U_12\n_atom_site_aniso_U_13\n"
	"_atom_site_aniso_U_23\nGa1 .004 .004 .005 .002 0 0\n"
	"loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n"
	"_atom_site_fract_z\n_atom_site_U_iso_or_equiv\n"
	"Ga1 0.3333 0.6667 0 ?\nN1 0.3333 0.6667 0.377 0.004\n";

/* Types, an attribute; of a network, small. */
static void make_weights(struct ip_bundle *b)
{
	static const enum ip_dtype types[] = { IP_F32, IP_F32, IP_F16, IP_I64 };
	static const size_t shape[] = { 2, 3, 1, 2 };
	struct ip_tensor t = { 0 };
	char name[32];
	int i;

	for (i = 0; i < 4; i++) {
		ip_test_fill(&t, types[i], 4 - i, shape);
		snprintf(name, sizeof name, "layers.%d.weight", i);
		if (ip_bundle_add(b, name, &t, NULL) < 0)
			exit(99);
	}
}

static int make_bundle(int which)
{
	struct ip_bundle b = { 0 };
	int rc = 0;

	if (which == NPZ)
		ip_test_bundle(&b);
	else
		make_weights(&b);
	if (which == NPZ)
		rc = ip_npz_write(path, &b, 1);
	else if (which == TORCH)
		ip_test_torch_write(path, &b, "", 1);
	else if (ip_attrs_text(&b.attrs, "format", "pt") < 0 ||
	    ip_attrs_number(&b.items[0].attrs, "scale", 0.5) < 0)
		exit(99);
	else
		rc = ip_safetensors_write(path, &b);
	ip_bundle_free(&b);
	return rc;
}

#if IP_HAVE_HDF5
static unsigned char *make_hdf5(int which, size_t *size)
{
	switch (which) {
	case EMD_1: ip_test_emd1(path); break;
	case HSPY: ip_test_hspy(path); break;
	default: ip_test_velox_small(path, which == VELOX_9 ? 9 : 11);
	}
	return ip_test_read(path, size);
}
#endif
#if IP_HAVE_TIFF
/* Two pages, in tiles and in strips, as libtiff packs them. */
static void make_packed(void)
{
	uint16_t tile[256];
	TIFF *tif = TIFFOpen(path, "wb");
	int i, rc = tif != NULL;

	for (i = 0; i < 256; i++)
		tile[i] = (uint16_t)(i * i);
	for (i = 0; i < 2 && rc; i++) {
		TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, 16);
		TIFFSetField(tif, TIFFTAG_IMAGELENGTH, 10);
		TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, 16);
		TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, 1);
		TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
		TIFFSetField(tif, TIFFTAG_COMPRESSION, i ? COMPRESSION_LZW :
			COMPRESSION_ADOBE_DEFLATE);
		TIFFSetField(tif, TIFFTAG_PREDICTOR, 2);
		if (i == 0) {
			TIFFSetField(tif, TIFFTAG_TILEWIDTH, 16);
			TIFFSetField(tif, TIFFTAG_TILELENGTH, 16);
			rc = TIFFWriteTile(tif, tile, 0, 0, 0, 0) > 0;
		} else {
			TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, 10);
			rc = TIFFWriteEncodedStrip(tif, 0, tile, 320) > 0;
		}
		rc &= TIFFWriteDirectory(tif);
	}
	if (!rc)
		exit(99);
	TIFFClose(tif);
}
#endif

static unsigned char *make(int which, size_t *size)
{
	static const size_t shape[] = { 9, 7 };
	static const double pixel[] = { 0.25, 0.5 };
	struct ip_picture_style style = { 0 };
	struct ip_tensor t = { 0 };
	unsigned char *p;
	size_t i;
	int rc = 0;

	if (which == PYTORCH)
		return ip_test_read(ip_test_src("tests/golden/"
			"torch_types.pt"), size);
#if IP_HAVE_HDF5
	if (which >= VELOX_9)
		return make_hdf5(which, size);
#endif
	if (ip_tensor_new(&t, IP_F32, 2, shape) < 0)
		exit(99);
	for (i = 0; i < 63; i++)
		((float *)t.data)[i] = (float)(i * i % 100);
	switch (which) {
	case NPY: rc = ip_npy_write(path, &t); break;
	case CUBE: ip_test_write(path, cube, sizeof cube - 1); break;
	case XYZ: ip_test_write(path, xyz, sizeof xyz - 1); break;
	case CIF: ip_test_write(path, cif, sizeof cif - 1); break;
	case PNG: rc = ip_png_write(path, &t, &style); break;
	case MRC: rc = ip_mrc_write(path, &t, pixel); break;
	case DM: ip_tensor_free(&t); return ip_test_dm_file(3, 1, size);
#if IP_HAVE_TIFF
	case TIFF_PLAIN: rc = ip_tiff_write(path, &t, pixel); break;
	case TIFF_PACKED: make_packed(); break;
#endif
	default: rc = make_bundle(which);
	}
	ip_tensor_free(&t);
	p = ip_test_read(path, size);
	if (rc < 0 || !p)
		exit(99);
	return p;
}

static void check_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
	struct rusage u;

	/* the files have a few hundred bytes; much of this is libraries */
	if (getrusage(RUSAGE_SELF, &u) == 0 && u.ru_maxrss > 200000) {
		printf("# %ld kB of memory\n", u.ru_maxrss);
		failures++;
	}
#endif
}

int main(void)
{
	struct output whole = { 0 }, again = { 0 }, none = { 0 };
	unsigned char *p;
	uint64_t s = 7;
	size_t size;
	int i, before, n = (int)FORMATS;

	read_bytes(&formats[NPY], "", 0, &none);	/* sets path */
	for (i = 0; i < n; i++) {
		before = failures;
		p = make(i, &size);
		if (read_bytes(&formats[i], p, size, &whole) < 0 || warnings)
			complain(&formats[i], "whole", 0, "refused");
		cut(&formats[i], p, size, &whole);
		flip(&formats[i], p, size, &whole, &s);
		if (i == PNG || i == TORCH || i == PYTORCH)
			flip_mended(&formats[i], p, size, &s);
		tamper(&formats[i], p, size, &s);
		starve(&formats[i], p, size);
		if (read_bytes(&formats[i], p, size, &again) < 0 ||
		    !same(&again, &whole))
			complain(&formats[i], "whole", 1, "no longer read");
		release(&again);
		release(&whole);
		free(p);
		printf("%s %d - %s: %zu flips, %zu changes, %zu cuts\n",
			failures > before ? "not ok" : "ok", i + 1,
			formats[i].name, flips(&formats[i]),
			flips(&formats[i]), size);
	}
	check_memory();
	printf("1..%d\n", n);
	return failures != 0;
}

#endif
