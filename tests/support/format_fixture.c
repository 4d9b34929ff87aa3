/* Small files of the foreign formats, and what reads them. */
#include <zlib.h>
#include "config.h"
#include "core/core.h"
#include "dm.h"
#include "format_fixture.h"
#include "formats/bytes.h"
#include "ipt_fixture.h"
#include "support.h"
#include "torch.h"
#if IP_HAVE_HDF5
#include "hdf5.h"
#endif
#if IP_HAVE_TIFF
#include <tiffio.h>
#endif

static void must(int ok)
{
	if (!ok) {
		fprintf(stderr, "support/format_fixture.c: no sample\n");
		exit(99);
	}
}

/* ---- what reads them ---- */

static int read_npy(const char *path, struct ip_test_output *o)
{
	return ip_npy_read(path, &o->tensor);
}

static int read_npz(const char *path, struct ip_test_output *o)
{
	return ip_npz_read(path, &o->bundle);
}

static int read_cube(const char *path, struct ip_test_output *o)
{
	return ip_cube_read(path, &o->cube);
}

static int read_xyz(const char *path, struct ip_test_output *o)
{
	return ip_xyz_read(path, &o->structure);
}

static int read_cif(const char *path, struct ip_test_output *o)
{
	return ip_cif_read(path, &o->structure);
}

static int read_png(const char *path, struct ip_test_output *o)
{
	return ip_png_read(path, &o->tensor);
}

static int read_torch(const char *path, struct ip_test_output *o)
{
	return ip_torch_read(path, &o->bundle);
}

static int read_safetensors(const char *path, struct ip_test_output *o)
{
	return ip_safetensors_read(path, &o->bundle);
}

static int read_mrc(const char *path, struct ip_test_output *o)
{
	return ip_mrc_read(path, &o->bundle);
}

static int read_dm(const char *path, struct ip_test_output *o)
{
	return ip_dm_read(path, &o->bundle);
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

static void make_cube(const char *path)
{
	ip_test_write(path, cube, sizeof cube - 1);
}

static void make_xyz(const char *path)
{
	ip_test_write(path, xyz, sizeof xyz - 1);
}

static void make_cif(const char *path)
{
	ip_test_write(path, cif, sizeof cif - 1);
}

static const double pixel[] = { 0.25, 0.5 };

/* 9 by 7 float32, to be freed. */
static struct ip_tensor picture(void)
{
	static const size_t shape[] = { 9, 7 };
	struct ip_tensor t = { 0 };
	size_t i;

	must(ip_tensor_new(&t, IP_F32, 2, shape) == 0);
	for (i = 0; i < 63; i++)
		((float *)t.data)[i] = (float)(i * i % 100);
	return t;
}

static void make_npy(const char *path)
{
	struct ip_tensor t = picture();

	must(ip_npy_write(path, &t) == 0);
	ip_tensor_free(&t);
}

static void make_png(const char *path)
{
	struct ip_picture_style style = { 0 };
	struct ip_tensor t = picture();

	must(ip_png_write(path, &t, &style) == 0);
	ip_tensor_free(&t);
}

static void make_mrc(const char *path)
{
	struct ip_tensor t = picture();

	must(ip_mrc_write(path, &t, pixel) == 0);
	ip_tensor_free(&t);
}

static void make_dm(const char *path)
{
	size_t n;
	unsigned char *p = ip_test_dm_file(3, 1, &n);

	ip_test_write(path, p, n);
	free(p);
}

static void make_npz(const char *path)
{
	struct ip_bundle b = { 0 };

	ip_test_bundle(&b);
	must(ip_npz_write(path, &b, 1) == 0);
	ip_bundle_free(&b);
}

/* Of a network, small: several types. */
static struct ip_bundle weights(void)
{
	static const enum ip_dtype types[] = { IP_F32, IP_F32, IP_F16, IP_I64 };
	static const size_t shape[] = { 2, 3, 1, 2 };
	struct ip_bundle b = { 0 };
	struct ip_tensor t = { 0 };
	char name[32];
	int i;

	for (i = 0; i < 4; i++) {
		ip_test_fill(&t, types[i], 4 - i, shape);
		snprintf(name, sizeof name, "layers.%d.weight", i);
		must(ip_bundle_add(&b, name, &t, NULL) == 0);
	}
	return b;
}

static void make_torch(const char *path)
{
	struct ip_bundle b = weights();

	ip_test_torch_write(path, &b, "", 1);
	ip_bundle_free(&b);
}

static void make_pytorch(const char *path)
{
	size_t n;
	unsigned char *p = ip_test_read(ip_test_src("tests/golden/"
		"torch_types.pt"), &n);

	ip_test_write(path, p, n);
	free(p);
}

static void make_safetensors(const char *path)
{
	struct ip_bundle b = weights();

	must(ip_attrs_text(&b.attrs, "format", "pt") == 0 &&
		ip_attrs_number(&b.items[0].attrs, "scale", 0.5) == 0 &&
		ip_safetensors_write(path, &b) == 0);
	ip_bundle_free(&b);
}

#if IP_HAVE_TIFF
static int read_tiff(const char *path, struct ip_test_output *o)
{
	return ip_tiff_read(path, &o->bundle);
}

static void make_tiff(const char *path)
{
	struct ip_tensor t = picture();

	must(ip_tiff_write(path, &t, pixel) == 0);
	ip_tensor_free(&t);
}

/* Two pages, in tiles and in strips, as libtiff packs them. */
static void make_packed(const char *path)
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
	must(rc);
	TIFFClose(tif);
}
#endif

#if IP_HAVE_HDF5
static int read_emd(const char *path, struct ip_test_output *o)
{
	return ip_emd_read(path, &o->bundle);
}

static void make_velox_9(const char *path)
{
	ip_test_velox_small(path, 9);
}

static void make_velox_11(const char *path)
{
	ip_test_velox_small(path, 11);
}
#endif

/* ---- where a file may end, with a warning ---- */

/* The last number may be cut, the line end is no loss. */
static size_t last_number(const unsigned char *p, size_t size)
{
	for (size--; p[size - 1] != ' '; size--)
		;
	return size;
}

/* Atoms before are whole, but too few. */
static size_t anywhere(const unsigned char *p, size_t size)
{
	(void)p;
	(void)size;
	return 0;
}

/* Zeros end it. */
static size_t last_zeros(const unsigned char *p, size_t size)
{
	(void)p;
	return size - 8;
}

/* ---- checksums ---- */

/* Of an archive whose members (stored) have no header behind. */
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

/* Of a PNG, as far as its parts can be found. */
static void mend_png(unsigned char *p, size_t size)
{
	size_t at = 8, n;

	for (; size - at >= 12; at += n + 12) {
		n = be32(p + at);
		if (n > size - at - 12)
			return;
		put32(p + at + n + 8, (uint32_t)crc32(0, p + at + 4,
			(uInt)n + 4));
		swap_words(p + at + n + 8, 1, 4);
	}
}

/* HDF5 starts a process each time: fewer flips. */
#define MANY 10000
#define FEW 200
const struct ip_test_format ip_test_formats[] = {
	{ "npy", MANY, read_npy, make_npy, 0, NULL, NULL },
	{ "npz", MANY, read_npz, make_npz, 1, NULL, NULL },
	{ "cube", MANY, read_cube, make_cube, 0, last_number, NULL },
	{ "xyz", MANY, read_xyz, make_xyz, 0, last_number, NULL },
	{ "png", MANY, read_png, make_png, 1, NULL, mend_png },
	{ "torch", MANY, read_torch, make_torch, 1, NULL, mend_zip },
	{ "torch's own", MANY, read_torch, make_pytorch, 1, NULL, mend_zip },
	{ "safetensors", MANY, read_safetensors, make_safetensors, 0, NULL,
		NULL },
	{ "cif", MANY, read_cif, make_cif, 0, anywhere, NULL },
	{ "mrc", MANY, read_mrc, make_mrc, 0, NULL, NULL },
	{ "dm", MANY, read_dm, make_dm, 0, last_zeros, NULL },
#if IP_HAVE_TIFF
	{ "tiff", MANY, read_tiff, make_tiff, 0, NULL, NULL },
	{ "packed tiff", MANY, read_tiff, make_packed, 0, NULL, NULL },
#endif
#if IP_HAVE_HDF5
	{ "Velox 9", FEW, read_emd, make_velox_9, 0, NULL, NULL },
	{ "Velox 11", FEW, read_emd, make_velox_11, 0, NULL, NULL },
	{ "EMD 1.0", FEW, read_emd, ip_test_emd1, 0, NULL, NULL },
	{ "hspy", FEW, read_emd, ip_test_hspy, 0, NULL, NULL },
#endif
};
const size_t ip_test_format_count = sizeof ip_test_formats /
	sizeof *ip_test_formats;
