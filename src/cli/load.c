/* Inputs of any format, as named tensors. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "atoms.h"
#include "cli.h"

/* By the end of a name; the first of a kind is what it is called. */
static const struct { const char *ext; enum ip_kind kind; } names[] = {
	{ ".raw", IP_KIND_RAW }, { ".bin", IP_KIND_RAW },
	{ ".f32", IP_KIND_RAW }, { ".ipt", IP_KIND_IPT },
	{ ".npz", IP_KIND_NPZ }, { ".npy", IP_KIND_NPY },
	{ ".png", IP_KIND_PNG }, { ".pt", IP_KIND_TORCH },
	{ ".pth", IP_KIND_TORCH }, { ".safetensors", IP_KIND_SAFETENSORS },
	{ ".cube", IP_KIND_CUBE }, { ".cub", IP_KIND_CUBE },
	{ ".xyz", IP_KIND_XYZ }, { ".extxyz", IP_KIND_XYZ },
	{ ".cif", IP_KIND_CIF }, { ".tif", IP_KIND_TIFF },
	{ ".tiff", IP_KIND_TIFF }, { ".mrc", IP_KIND_MRC },
	{ ".mrcs", IP_KIND_MRC }, { ".dm", IP_KIND_DM },
	{ ".dm3", IP_KIND_DM }, { ".dm4", IP_KIND_DM },
	{ ".hdf5", IP_KIND_HDF5 }, { ".h5", IP_KIND_HDF5 },
	{ ".emd", IP_KIND_HDF5 }, { ".hspy", IP_KIND_HDF5 },
};
#define NAMES (sizeof names / sizeof *names)

const char *ip_cli_kind_name(enum ip_kind kind)
{
	size_t i;

	for (i = 0; i < NAMES; i++)
		if (names[i].kind == kind)
			return names[i].ext + 1;
	return "unknown";
}

enum ip_kind ip_cli_kind_of_name(const char *path)
{
	size_t i;

	for (i = 0; i < NAMES; i++)
		if (ip_cli_has_ext(path, names[i].ext))
			return names[i].kind;
	return IP_KIND_UNKNOWN;
}

int ip_cli_is_picture(enum ip_kind kind)
{
	return kind == IP_KIND_PNG || kind == IP_KIND_TIFF ||
		kind == IP_KIND_MRC || kind == IP_KIND_DM;
}

/* The first n bytes of a file: of which kind is it? */
static enum ip_kind by_content(const unsigned char *p, size_t n)
{
	static const struct { const char *magic; size_t n; enum ip_kind kind; }
	magics[] = {
		{ "\211IPT", 4, IP_KIND_IPT },
		{ "PK\003\004", 4, IP_KIND_NPZ },
		{ "PK\005\006", 4, IP_KIND_NPZ },	/* empty */
		{ "\223NUMPY", 6, IP_KIND_NPY },
		{ "\211PNG", 4, IP_KIND_PNG },
		{ "\211HDF", 4, IP_KIND_HDF5 },
		{ "\200\002\212\nl\374\234F", 8, IP_KIND_TORCH }, /* old */
		{ "II*\0", 4, IP_KIND_TIFF }, { "MM\0*", 4, IP_KIND_TIFF },
		{ "II+\0", 4, IP_KIND_TIFF }, { "MM\0+", 4, IP_KIND_TIFF },
	};
	enum ip_kind kind = IP_KIND_UNKNOWN;
	size_t i;

	for (i = 0; i < sizeof magics / sizeof *magics; i++)
		if (n >= magics[i].n && memcmp(p, magics[i].magic,
		    magics[i].n) == 0)
			kind = magics[i].kind;
	/* a length of 32 bits, and JSON */
	if (kind == IP_KIND_UNKNOWN && n > 8 && p[8] == '{' &&
	    memcmp(p + 4, "\0\0\0\0", 4) == 0)
		kind = IP_KIND_SAFETENSORS;
	if (kind == IP_KIND_UNKNOWN && n >= 212 &&
	    memcmp(p + 208, "MAP ", 4) == 0)
		kind = IP_KIND_MRC;
	/* its version, a length of 4 or 8 bytes, and 0 or 1 in 4 bytes */
	if (kind == IP_KIND_UNKNOWN && n >= 16 && memcmp(p, "\0\0\0", 3) == 0 &&
	    (p[3] == 3 || p[3] == 4) && memcmp(p + 4 * (p[3] - 1), "\0\0\0",
	    3) == 0 && p[4 * p[3] - 1] < 2)
		kind = IP_KIND_DM;
	return kind;
}

int ip_cli_kind(const char *path, enum ip_kind *kind)
{
	unsigned char p[512];
	FILE *f = fopen(path, "rb");
	size_t n;
	int torch, rc;

	if (!f)
		return ip_cli_error(IP_EIO, "%s: %s", path, strerror(errno));
	n = fread(p, 1, sizeof p, f);
	if (n == 0 && ferror(f)) {
		ip_cli_error(IP_EIO, "%s: %s", path, strerror(errno));
		fclose(f);
		return IP_EIO;
	}
	fclose(f);
	*kind = by_content(p, n);
	/* a damaged head: the reader of that format says what is wrong */
	if (*kind == IP_KIND_UNKNOWN)
		*kind = ip_cli_kind_of_name(path);
	if (*kind == IP_KIND_NPZ) {
		if ((rc = ip_torch_is(path, &torch)) < 0)
			return rc;
		if (torch || ip_cli_kind_of_name(path) == IP_KIND_TORCH)
			*kind = IP_KIND_TORCH;
	}
	if (*kind == IP_KIND_RAW)
		return ip_cli_error(IP_EFORMAT, "%s: raw numbers, which do not"
			" say what they are; iphase-convert makes an .npy of"
			" them, told --dtype and --shape", path);
	if (*kind == IP_KIND_UNKNOWN)
		return ip_cli_error(IP_EFORMAT, "%s: neither by its first"
			" bytes nor by its name an " IP_CLI_KINDS " file",
			path);
	return 0;
}

static int load_ipt(const char *path, int recover, struct ip_bundle *b)
{
	struct ip_ipt *f;
	int rc;

	rc = ip_ipt_open(&f, path, recover ? IP_IPT_RECOVER : 0);
	if (rc < 0)
		return rc;
	rc = ip_ipt_read_all(f, b);
	ip_ipt_close(f);
	return rc;
}

/* One tensor, named after the file. */
static int load_one(const char *path, enum ip_kind kind, struct ip_bundle *b)
{
	const char *base = strrchr(path, '/');
	struct ip_tensor t = { 0 };
	char *name, *dot;
	int rc;

	rc = kind == IP_KIND_NPY ? ip_npy_read(path, &t) :
		ip_png_read(path, &t);
	if (rc < 0)
		return rc;
	base = base ? base + 1 : path;
	name = malloc(strlen(base) + 1);
	if (!name) {
		ip_tensor_free(&t);
		return ip_cli_error(IP_ENOMEM, "out of memory");
	}
	strcpy(name, base);
	dot = strrchr(name, '.');
	if (dot && dot > name)
		*dot = '\0';
	rc = ip_bundle_add(b, name, &t, NULL);
	ip_tensor_free(&t);
	free(name);
	return rc;
}

static int load_atoms(const char *path, enum ip_kind kind, struct ip_bundle *b)
{
	struct ip_structure s = { 0 };
	int rc;

	rc = kind == IP_KIND_CIF ? ip_cif_read(path, &s) :
		ip_xyz_read(path, &s);
	if (rc < 0)
		return rc;
	rc = ip_cli_atoms_add(b, &s);
	ip_structure_free(&s);
	return rc;
}

int ip_cli_load(const char *path, int recover, struct ip_bundle *out)
{
	struct ip_bundle b = { 0 };
	enum ip_kind kind;
	int rc;

	rc = ip_cli_kind(path, &kind);
	if (rc < 0)
		return rc;
	switch (kind) {
	case IP_KIND_IPT: rc = load_ipt(path, recover, &b); break;
	case IP_KIND_NPZ: rc = ip_npz_read(path, &b); break;
	case IP_KIND_NPY:
	case IP_KIND_PNG: rc = load_one(path, kind, &b); break;
	case IP_KIND_TORCH: rc = ip_torch_read(path, &b); break;
	case IP_KIND_SAFETENSORS: rc = ip_safetensors_read(path, &b); break;
	case IP_KIND_HDF5: rc = ip_emd_read(path, &b); break;
	case IP_KIND_CUBE: rc = ip_cli_cube_load(path, &b); break;
	case IP_KIND_TIFF: rc = ip_tiff_read(path, &b); break;
	case IP_KIND_MRC: rc = ip_mrc_read(path, &b); break;
	case IP_KIND_DM: rc = ip_dm_read(path, &b); break;
	default: rc = load_atoms(path, kind, &b);
	}
	if (rc < 0) {
		ip_bundle_free(&b);
		return rc;
	}
	*out = b;
	return 0;
}
