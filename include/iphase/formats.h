/* Foreign file formats: one pair of functions a format. */
#ifndef IPHASE_FORMATS_H
#define IPHASE_FORMATS_H

#include <iphase/bundle.h>
#include <iphase/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * All readers: outputs must be empty ({0}) and stay so on failure; sizes are
 * checked against the file before memory is taken; one message names the
 * file, the offset or line, what was found and what was expected.
 * All writers: written beside, fsync, rename.
 */

/* ---- NumPy: NEP 1 .npy, and .npz (zip, stored or deflate) ---- */
/*
 * float16/32/64, integers, bool (as uint8), complex64 (complex128 is narrowed,
 * with a warning), one unicode or bytes string as text; either byte order, C
 * and Fortran order. Python objects are refused.
 */
int ip_npy_read(const char *path, struct ip_tensor *t);
/* Version 1, little-endian, C order; text as a scalar string. */
int ip_npy_write(const char *path, const struct ip_tensor *t);
/* Members that are no .npy are left out with a warning. */
int ip_npz_read(const char *path, struct ip_bundle *b);
/*
 * Attributes go into a member "attributes", a JSON text {"attributes": {..},
 * "tensors": {NAME: {..}}}, from which ip_npz_read takes them back. The same
 * content gives the same bytes.
 */
int ip_npz_write(const char *path, const struct ip_bundle *b, int compress);

/* ---- PyTorch checkpoints (torch.save since 1.6) ---- */
/*
 * A state_dict (a dict of text -> tensor), alone or under the key
 * "state_dict" of a dict whose other entries are left out, in its order,
 * under its names as they are ("module." stays). bfloat16 becomes float32,
 * bool uint8; tensors are contiguous, and those that share a storage are
 * copied. Nothing in the file is run: what a state_dict does not need is
 * refused (IP_ENOTSUP), as are TorchScript and files of older PyTorch.
 */
int ip_torch_read(const char *path, struct ip_bundle *b);
/* Whether the zip archive at path is PyTorch's: it holds a data.pkl. */
int ip_torch_is(const char *path, int *yes);

/* ---- safetensors ---- */
/*
 * BF16 becomes float32, BOOL uint8; __metadata__ becomes text attributes.
 * Tensors in the order of the header.
 */
int ip_safetensors_read(const char *path, struct ip_bundle *b);
/*
 * All dtypes but text (IP_ENOTSUP). Text attributes of b become __metadata__;
 * if there are others, all stand there too as the JSON text "attributes" (as
 * in an .npz), from which ip_safetensors_read takes them back. The same
 * content gives the same bytes.
 */
int ip_safetensors_write(const char *path, const struct ip_bundle *b);

/* ---- HDF5: Velox .emd, EMD 1.0, HyperSpy's .hspy, and any other ---- */
/*
 * IP_ENOTSUP, saying what to install, where iphase was built without HDF5.
 * Arrays are turned to [.., x, y], except those of a file of no known kind.
 *
 * Velox: an item an image, [(frame,) x, y], under the name it has there:
 * detectors ("DF4-A" .. "DF4-D", with attribute segment 0 .. 3), differences
 * ("A-C"), "DPC" (complex64: along x, along y), "iDPC", "dDPC"; a name used
 * before gets " 2". Half Fourier transforms are left out. Items have
 * pixel_size, unit, detector and uuid; the bundle has what all images agree
 * in of pixel_size, energy, semiangle, inner, outer, scan_rotation,
 * detector_rotation, stage_tilt (alpha, beta) (degree), dwell_time,
 * frame_time (s), camera_length (m) and instrument, the items the rest.
 * rotation is Velox's detector_rotation less 45 degree: A .. D are segments
 * 0 .. 3. Velox's own DPC is pi / (2 sqrt 2) R(detector_rotation) (A-C, B-D),
 * of differences less their means.
 *
 * EMD 1.0, hspy: an item an array, with file_shape, the order of its axes in
 * the file. x and y are the axes of such names, otherwise the last two are
 * (y, x); pixel_size if both have a unit of length. (Prismatic writes n_m and
 * means Angstrom; this is undone.)
 *
 * Others: each dataset of numbers, by its path, as it is in the file.
 */
int ip_emd_read(const char *path, struct ip_bundle *b);

/* ---- Gaussian / CP2K cube ---- */

/* Angstrom a bohr; CODATA 2014, so that cells are those of the reference. */
#define IP_BOHR 0.5291772105638411
/*
 * grid: (n0, n1, n2) float32 as in the file (atomic units); voxel[i] in
 * Angstrom, where the file is in bohr as well.
 */
struct ip_cube {
	char title[2][128];
	double origin[3], voxel[3][3];
	/* cell = n_i * voxel[i]; positions relative to origin */
	struct ip_structure structure;
	struct ip_tensor grid;
};
/* Atoms may lie outside the cell, as in the file. */
int ip_cube_read(const char *path, struct ip_cube *c);
/* In bohr; the grid comes back exactly, lengths to 1e-12 bohr. IP_ENOTSUP for
 * an occupancy below 1, which the format cannot say. */
int ip_cube_write(const char *path, const struct ip_cube *c);
/* Free what c holds; {0} is fine. */
void ip_cube_free(struct ip_cube *c);

/* ---- extended XYZ ---- */
/*
 * Lattice, Properties with species and pos, optional u_rms (rms displacement
 * along one axis, Angstrom) or u_iso (its square, Angstrom^2, as in a CIF),
 * and occupancy (1 where there is none).
 * The first frame; a file without Lattice has no cell.
 */
int ip_xyz_read(const char *path, struct ip_structure *s);
/* Numbers come back exactly. comment may be NULL. */
int ip_xyz_write(const char *path, const struct ip_structure *s,
	const char *comment);

/* ---- CIF 1.1 ---- */
/*
 * The atoms of one cell, a along x, b in the plane of x and y, all inside it:
 * of the first data block with atoms, by its symmetry operators (without any,
 * a space group other than P1 is refused), site by site. Images of a site that
 * are less than IP_CIF_TOLERANCE from it are that site, which is moved to
 * their mean. Displacements are isotropic: U, B / (8 pi^2), or the mean of an
 * anisotropic U. Sites of several elements are several atoms at one place.
 * Refused are occupancies of more than 1 in all within IP_CIF_TOLERANCE
 * (IP_EPHYSICS), and operators that are no group of the cell. Warns where
 * volume or formula say otherwise.
 */
#define IP_CIF_TOLERANCE 0.1	/* Angstrom */
int ip_cif_read(const char *path, struct ip_structure *s);

/* ---- PNG ---- */
enum ip_colormap { IP_MAP_GRAY, IP_MAP_VIRIDIS, IP_MAP_MAGMA, IP_MAP_RDBU };

/*
 * How a picture [x, y] is drawn: x to the right, y down. Values lo..hi map
 * onto the colours (lo == hi: the picture's own range, which is returned).
 */
struct ip_picture_style {
	enum ip_colormap map;
	double lo, hi;
	double pixel_size;	/* Angstrom; 0: no scale bar */
	int zoom;		/* each pixel drawn zoom x zoom; 0 means 1 */
	const char *title;	/* drawn above, may be NULL */
};
/*
 * img: (W, H) = [x, y], any real dtype, finite. Nothing but the image, the
 * title and the scale bar; a gray map gives a gray file, which ip_png_read
 * reads, others RGB.
 */
int ip_png_write(const char *path, const struct ip_tensor *img,
	struct ip_picture_style *style);
/*
 * count pictures of one size side by side, columns wide, each in its own
 * style, with a colour bar.
 */
int ip_png_panels(const char *path, const struct ip_tensor *img,
	struct ip_picture_style *style, size_t count, size_t columns);
/*
 * Gray PNG, 8 or 16 bit, as (W, H) = [x, y] float32 of the stored integers;
 * colour is refused.
 */
int ip_png_read(const char *path, struct ip_tensor *img);
/* gray, viridis, magma or RdBu; IP_ENOTFOUND. */
int ip_colormap_parse(const char *name, enum ip_colormap *map);

/* ---- TIFF, through libtiff ---- */
/*
 * Gray: integers of 8 to 64 bits, floats of 16 to 64, in any compression that
 * libtiff has, as the tensor "image" (W, H), or (pages, W, H) of a file of
 * several pages or of a stack of ImageJ's; small copies and masks of others
 * are left out. pixel_size where ImageJ says a unit of length; numbers that
 * ImageJ calibrates by a straight line become its values (float32). Refused
 * (IP_ENOTSUP): colours, also false ones, several channels, pictures in which
 * 0 is white or that are stored turned, other numbers of bits, pages that
 * differ; and all, where the library was built without TIFF.
 */
int ip_tiff_read(const char *path, struct ip_bundle *b);
/*
 * (W, H) or a stack (n, W, H) of any real dtype as float32, in the way of
 * ImageJ; pixel_size (x, y) in Angstrom, or NULL. Needs no libtiff.
 */
int ip_tiff_write(const char *path, const struct ip_tensor *t,
	const double *pixel_size);

/* ---- MRC ---- */
/*
 * Modes 0 (int8, or uint8 where IMOD says so), 1, 2, 4 (complex64), 6 and 12
 * (float16), in either byte order, as "image" (W, H) or (sections, W, H); the
 * first row of the file is y = 0. pixel_size where the cell has a length.
 */
int ip_mrc_read(const char *path, struct ip_bundle *b);
/* As ip_tiff_write, in mode 2. */
int ip_mrc_write(const char *path, const struct ip_tensor *t,
	const double *pixel_size);

/* ---- DM3 and DM4 of Digital Micrograph ---- */
/*
 * All images but thumbnails under their names (a second of one name gets " 2"
 * behind), ([..,] W, H); those in colours, of one axis or of packed or double
 * complex numbers are left out with a warning. pixel_size and energy are with
 * each that has them, and with the whole if all have the same.
 */
int ip_dm_read(const char *path, struct ip_bundle *b);

/* ---- raw little-endian arrays ---- */
/* C order; the file's size must be just right. */
int ip_raw_read(const char *path, enum ip_dtype dtype, int ndim,
	const size_t *shape, struct ip_tensor *t);
/* In t's own C order. */
int ip_raw_write(const char *path, const struct ip_tensor *t);

/* ---- text ---- */
/* n bytes as they are: tables and reports of a program's own. */
int ip_text_write(const char *path, const char *text, size_t n);

#ifdef __cplusplus
}
#endif
#endif
