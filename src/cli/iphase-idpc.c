/* iphase-idpc: segment images to phase, projected potential and dDPC. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "aberrations.h"
#include "idpc_tool.h"
#include "segments.h"

#define PI 3.14159265358979323846

static struct ip_idpc_source source = { "segments", NULL, {NULL, 0},
	"float32", IP_AXES_AUTO, {NULL, 0} };
static double energy = NAN, semiangle = NAN, inner = NAN, outer = NAN;
static double high_pass, defocus = NAN, wiener_floor = IP_OBF_FLOOR;
static const char *aberration;
static const char *rotation, *png;
static struct ip_reals pixel_size;
static int flip, calibration, boundary, background, obf, transfer;

enum { FLIP_AUTO, FLIP_NO, FLIP_YES };

static const struct ip_opt options[] = {
	{ NULL, 0, NULL, "Microscope (the input's attributes, if not given)",
		IP_OPT_HEADING, NULL },
	{ "energy", 0, "KV", "beam energy", IP_OPT_REAL, &energy },
	{ "semiangle", 0, "MRAD", "of the probe", IP_OPT_REAL, &semiangle },
	{ "inner", 0, "MRAD", "where the segments begin", IP_OPT_REAL, &inner },
	{ "outer", 0, "MRAD", "where they end", IP_OPT_REAL, &outer },
	{ "rotation", 0, "DEG|auto", "first edge of segment 0 against the "
		"scan's x; auto: by least curl", IP_OPT_TEXT, &rotation },
	{ "flip", 0, "auto|no|yes", "detector mirrored; auto: found with "
		"--rotation=auto, else no", IP_OPT_CHOICE, &flip },
	{ "pixel-size", 0, "X[,Y]", "of the scan, Angstrom", IP_OPT_REALS,
		&pixel_size },
	{ NULL, 0, NULL, "Input", IP_OPT_HEADING, NULL },
	{ "tensor", 0, "NAME", "the one that has the segments [@]",
		IP_OPT_TEXT, &source.name },
	{ "segment-order", 0, "0,1,2,3", "inputs counter-clockwise",
		IP_OPT_REALS, &source.order },
	{ "axes", 0, "auto|sxy|syx|xys|yxs", "of arrays, s the segments; auto: "
		"syx for raw files, else sxy", IP_OPT_CHOICE, &source.axes },
	{ "shape", 0, "W,H", "of raw files", IP_OPT_REALS, &source.shape },
	{ "dtype", 0, "NAME", "of raw files [@]", IP_OPT_TEXT, &source.dtype },
	{ NULL, 0, NULL, "Reconstruction", IP_OPT_HEADING, NULL },
	{ "calibration", 0, "rigid|centroid", "what a segment counts [@]",
		IP_OPT_CHOICE, &calibration },
	{ "boundary", 0, "auto|periodic|mirrored", "auto: periodic if "
		"simulated over a whole box", IP_OPT_CHOICE, &boundary },
	{ "background", 0, "auto|keep|mean|plane", "off the shift; auto: mean "
		"if periodic, else plane", IP_OPT_CHOICE, &background },
	{ "high-pass", 0, "S", "Gaussian, 1/Angstrom; 0: none [@]",
		IP_OPT_REAL, &high_pass },
	{ NULL, 0, NULL, "OBF, for weak phase objects", IP_OPT_HEADING, NULL },
	{ "obf", 0, NULL, "also the filter of best signal to noise",
		IP_OPT_FLAG, &obf },
	{ "defocus", 0, "A", "at the specimen's middle; positive: underfocus",
		IP_OPT_REAL, &defocus },
	{ "aberration", 0, "C30=V,..", "C10 .. C56 (Angstrom), phi12 .. (rad)",
		IP_OPT_TEXT, &aberration },
	{ "floor", 0, "F", "its potential shows S/(S + F) [@]", IP_OPT_REAL,
		&wiener_floor },
	{ NULL, 0, NULL, "Results", IP_OPT_HEADING, NULL },
	{ "truth", 0, "NAME", "potential in the input to compare with",
		IP_OPT_TEXT, &source.truth },
	{ "png", 0, "PREFIX", "also pictures PREFIX-...png", IP_OPT_TEXT,
		&png },
	{ "transfer", 0, NULL, "print the phase contrast transfer",
		IP_OPT_FLAG, &transfer },
	{ 0 }
};

/* ---- settings: options, then attributes ---- */

/* Option value, or attribute key, or a usage error. */
static int number(const struct ip_cli *c, const struct ip_attrs *a,
	const char *key, const char *option, double value, double *to)
{
	*to = isnan(value) ? ip_attrs_get(a, key, NAN) : value;
	if (isnan(*to))
		return ip_cli_usage(c, "%s is not known: give --%s", key,
			option);
	return 0;
}

static int pixels(const struct ip_cli *c, const struct ip_attrs *a,
	double to[2])
{
	if (pixel_size.count > 2)
		return ip_cli_usage(c, "--pixel-size takes one or two "
			"numbers, not %zu", pixel_size.count);
	if (pixel_size.count) {
		to[0] = pixel_size.v[0];
		to[1] = pixel_size.v[pixel_size.count - 1];
		return 0;
	}
	return ip_cli_pixel_size(a, to) ? 0 : ip_cli_usage(c, "pixel_size is "
		"not known: give --pixel-size");
}

/* Beam and detector: what the transfer function needs. */
static int set_detector(const struct ip_cli *c, const struct ip_attrs *a,
	struct ip_idpc *how)
{
	double degree;
	int rc;

	if ((rc = number(c, a, "energy", "energy", energy * 1e3,
		&how->energy)) != 0
		|| (rc = number(c, a, "semiangle", "semiangle", semiangle,
		&how->semiangle)) != 0
		|| (rc = number(c, a, "inner", "inner", inner,
		&how->inner)) != 0
		|| (rc = number(c, a, "outer", "outer", outer,
		&how->outer)) != 0)
		return rc;
	how->flip = flip == FLIP_YES;
	how->calibration = (enum ip_calibration)calibration;
	how->high_pass = high_pass;
	if (rotation && strcmp(rotation, "auto") == 0)
		return 0;
	if (rotation && ip_cli_real(rotation, &degree))
		return ip_cli_usage(c, "--rotation: '%s', expected degrees or "
			"auto", rotation);
	if (!rotation)
		degree = ip_attrs_get(a, "rotation", NAN);
	if (isnan(degree))
		return ip_cli_usage(c, "rotation is not known: give "
			"--rotation=DEG or --rotation=auto");
	how->rotation = degree * PI / 180;
	return 0;
}

static int set_scan(const struct ip_cli *c, const struct ip_idpc_input *in,
	struct ip_idpc *how)
{
	int periodic, rc = pixels(c, &in->attrs, how->pixel_size);

	if (rc)
		return rc;
	periodic = ip_idpc_is_periodic(&in->attrs, &in->segments,
		how->pixel_size);
	how->boundary = boundary ? boundary == 1 ? IP_PERIODIC : IP_MIRRORED
		: periodic ? IP_PERIODIC : IP_MIRRORED;
	how->background = background
		? (enum ip_background)(background - 1)
		: periodic ? IP_MEAN : IP_PLANE;
	return 0;
}

/* What options say takes the place of what the file says, term by term. */
static int set_obf(const struct ip_attrs *a, const struct ip_idpc *how,
	size_t segments, size_t rings, struct ip_obf *o)
{
	int rc = ip_idpc_obf(a, how, segments, rings, o);

	if (rc == 0 && aberration)
		rc = ip_cli_aberrations(aberration, &o->aberrations);
	if (rc == 0 && !isnan(defocus))
		rc = ip_aberrations_set(&o->aberrations, "defocus", defocus);
	o->floor = wiener_floor;
	return rc;
}

/* ---- rotation ---- */

/* From all pictures of a series, one after another: the surest wins. */
static int find_rotation(const struct ip_idpc_input *in, struct ip_idpc *how,
	double *certainty)
{
	struct ip_idpc raw = *how;
	size_t i;
	int rc = 0;

	*certainty = -1;
	raw.rotation = 0;
	for (i = 0; rc == 0 && i < in->segments.shape[0]; i++) {
		struct ip_idpc_result r = {0};
		struct ip_tensor one;
		double angle, sure;
		int mirrored;

		if ((rc = ip_tensor_at(&one, &in->segments, 0, i)) < 0
			|| (rc = ip_idpc(&one, &raw, &r)) < 0)
			break;
		rc = ip_idpc_rotation(&r.com_x, &r.com_y, how->pixel_size,
			flip == FLIP_AUTO, &angle, &mirrored, &sure);
		if (rc == 0 && sure > *certainty) {
			*certainty = sure;
			how->rotation = angle;
			how->flip = raw.flip || mirrored;
		}
		ip_idpc_result_free(&r);
	}
	if (rc == 0)
		ip_cli_info("rotation %.2f degree%s, certainty %.2f",
			how->rotation * 180 / PI,
			how->flip ? ", mirrored" : "", *certainty);
	if (rc == 0 && *certainty < 0.5)
		ip_cli_warn("the rotation is not sure: the disc shift keeps "
			"%.0f %% of the worst curl; check the segment order, "
			"or give --rotation", 100 * (1 - *certainty));
	return rc;
}

/* ---- output ---- */

enum { PHASE, POTENTIAL, DDPC, COM_X, COM_Y, TRUTH, OBF, OBF_POTENTIAL,
	OBF_TRUTH, OUTPUTS };
static const struct { const char *name, *unit; } output[OUTPUTS] = {
	{ "idpc_phase", "rad" },
	{ "idpc_potential", "V Angstrom" },
	{ "ddpc", "rad/Angstrom^2" },
	{ "com_x", "1/Angstrom" },
	{ "com_y", "1/Angstrom" },
	{ "truth_blurred", "V Angstrom" },
	{ "obf", "1, noise variance 1/electrons a scan point" },
	{ "obf_potential", "V Angstrom" },
	{ "obf_truth", "V Angstrom" },
};

static int wanted(const struct ip_idpc_input *in, int i)
{
	return (i < OBF || obf) && ((i != TRUTH && i != OBF_TRUTH)
		|| in->truth.data);
}

/* One float32 tensor for each output, (T, nx, ny) or (nx, ny). */
static int make_outputs(struct ip_bundle *b, const struct ip_idpc_input *in)
{
	const size_t *s = in->segments.shape;
	size_t shape[3];
	struct ip_tensor t = {0};
	struct ip_item *item;
	int i, rc = 0;

	shape[0] = s[0];
	shape[1] = s[2];
	shape[2] = s[3];
	for (i = 0; rc == 0 && i < OUTPUTS; i++) {
		if (!wanted(in, i))
			continue;
		rc = ip_tensor_new(&t, IP_F32, in->series ? 3 : 2,
			shape + !in->series);
		if (rc == 0)
			rc = ip_bundle_add(b, output[i].name, &t, &item);
		if (rc == 0)
			rc = ip_attrs_text(&item->attrs, "unit",
				output[i].unit);
		if (rc == 0 && i != COM_X && i != COM_Y && i != DDPC)
			rc = ip_attrs_text(&item->attrs, "mean", "not known; "
				"set to zero");
		ip_tensor_free(&t);
	}
	return rc;
}

static int put(struct ip_bundle *b, int which, const struct ip_idpc_input *in,
	size_t i, const struct ip_tensor *t)
{
	struct ip_tensor to = ip_bundle_find(b, output[which].name)->tensor;
	int rc = 0;

	if (in->series)
		rc = ip_tensor_at(&to, &to, 0, i);
	return rc < 0 ? rc : ip_tensor_copy(&to, t);
}

/* One line on stdout: how near got comes to the truth as it would show it. */
static void compare(const struct ip_idpc_picture *p, const char *method,
	const struct ip_tensor *got, const struct ip_tensor *want)
{
	struct ip_idpc_match m;

	ip_idpc_compare(got, want, &m);
	if (!isnan(p->thickness))
		printf("%g nm: ", p->thickness);
	printf("%sPearson %.4f slope %.4f error %.4f\n", method, m.pearson,
		m.slope, m.error);
}

static int put_truth(struct ip_bundle *b, const struct ip_idpc_input *in,
	size_t i, const struct ip_obf *o, struct ip_idpc_picture *p)
{
	struct ip_tensor one, shown = {0};
	int rc;

	rc = ip_tensor_at(&one, &in->truth, 0, in->truth.shape[0] > 1 ? i : 0);
	if (rc == 0)
		rc = ip_idpc_blur(&one, &o->how, &p->truth);
	if (rc == 0)
		rc = put(b, TRUTH, in, i, &p->truth);
	if (rc == 0)
		compare(p, "", &p->r.potential, &p->truth);
	if (rc == 0 && obf)
		rc = ip_obf_blur(&one, o, &shown);
	if (rc == 0 && obf)
		rc = put(b, OBF_TRUTH, in, i, &shown);
	if (rc == 0 && obf)
		compare(p, "OBF: ", &p->obf.potential, &shown);
	ip_tensor_free(&shown);
	return rc;
}

static int put_obf(struct ip_bundle *b, const struct ip_idpc_input *in,
	size_t i, const struct ip_obf *o, struct ip_idpc_picture *p)
{
	struct ip_tensor one;
	int rc;

	if ((rc = ip_tensor_at(&one, &in->all, 0, i)) == 0
		&& (rc = ip_obf(&one, o, &p->obf)) == 0
		&& (rc = put(b, OBF, in, i, &p->obf.obf)) == 0)
		rc = put(b, OBF_POTENTIAL, in, i, &p->obf.potential);
	return rc;
}

static int reconstruct(struct ip_bundle *b, const struct ip_idpc_input *in,
	size_t i, const struct ip_obf *given, struct ip_idpc_picture *p)
{
	struct ip_obf at = *given, *o = &at;
	int rc;

	p->thickness = in->thickness.data
		? ((double *)in->thickness.data)[i] : NAN;
	if (isnan(defocus))
		ip_idpc_obf_depth(o, p->thickness);
	if ((rc = ip_tensor_at(&p->segments, &in->segments, 0, i)) == 0
		&& (rc = ip_idpc(&p->segments, &o->how, &p->r)) == 0
		&& (rc = put(b, PHASE, in, i, &p->r.phase)) == 0
		&& (rc = put(b, POTENTIAL, in, i, &p->r.potential)) == 0
		&& (rc = put(b, DDPC, in, i, &p->r.ddpc)) == 0
		&& (rc = put(b, COM_X, in, i, &p->r.com_x)) == 0)
		rc = put(b, COM_Y, in, i, &p->r.com_y);
	if (rc == 0 && obf)
		rc = put_obf(b, in, i, o, p);
	if (rc == 0 && in->truth.data)
		rc = put_truth(b, in, i, o, p);
	return rc;
}

static int set_text(struct ip_attrs *a, const char *key, const char *value,
	int rc)
{
	return rc < 0 ? rc : ip_attrs_text(a, key, value);
}

static int set_number(struct ip_attrs *a, const char *key, double value, int rc)
{
	return rc < 0 ? rc : ip_attrs_number(a, key, value);
}

/* What the input said, then what was done. */
static int describe(const struct ip_cli *c, struct ip_attrs *a,
	const struct ip_idpc_input *in, const struct ip_idpc *how,
	double certainty)
{
	static const char *const backgrounds[] = {"keep", "mean", "plane"};
	const char *before = ip_attrs_get_text(&in->attrs, "command");
	double factor;
	int rc = ip_attrs_copy(a, &in->attrs);

	if (rc == 0 && before)
		rc = ip_attrs_text(a, "input_command", before);
	if (rc == 0)
		rc = ip_cli_provenance(c, a);
	if (rc == 0)
		rc = ip_idpc_calibration(how, (int)in->segments.shape[1],
			&factor);
	rc = set_number(a, "energy", how->energy, rc);
	rc = set_number(a, "semiangle", how->semiangle, rc);
	rc = set_number(a, "inner", how->inner, rc);
	rc = set_number(a, "outer", how->outer, rc);
	rc = set_number(a, "rotation", how->rotation * 180 / PI, rc);
	rc = set_number(a, "flip", how->flip, rc);
	if (certainty >= 0)
		rc = set_number(a, "rotation_certainty", certainty, rc);
	if (rc == 0)
		rc = ip_attrs_f64(a, "pixel_size", how->pixel_size, 2);
	rc = set_text(a, "calibration", how->calibration == IP_RIGID ? "rigid"
		: "centroid", rc);
	if (rc == 0)
		rc = set_number(a, "calibration_constant", factor, rc);
	rc = set_text(a, "calibration_rule", "shift (1/Angstrom) = constant "
		"sum u_j I_j / sum I_j, u_j towards segment j's middle", rc);
	rc = set_text(a, "boundary", how->boundary == IP_PERIODIC ? "periodic"
		: "mirrored", rc);
	rc = set_text(a, "background", backgrounds[how->background], rc);
	if (obf)
		rc = set_number(a, "obf_floor", wiener_floor, rc);
	if (obf && !isnan(defocus))
		rc = set_number(a, "obf_defocus", defocus, rc);
	if (obf && aberration)
		rc = set_text(a, "obf_aberration", aberration, rc);
	return set_number(a, "high_pass", how->high_pass, rc);
}

/* ---- the whole ---- */

static int save(const char *path, const struct ip_bundle *b)
{
	if (ip_cli_has_ext(path, ".npz"))
		return ip_npz_write(path, b, 1);
	return ip_ipt_save(path, b, 0);
}

/* The thickness belongs to the pictures; it comes along. */
static int copy_thickness(struct ip_bundle *b, const struct ip_idpc_input *in)
{
	struct ip_tensor t = {0};
	struct ip_item *item;
	int rc;

	if (!in->thickness.data)
		return 0;
	if ((rc = ip_tensor_convert(&t, IP_F64, &in->thickness)) == 0)
		rc = ip_bundle_add(b, "thickness", &t, &item);
	if (rc == 0)
		rc = ip_attrs_text(&item->attrs, "unit", "nm");
	ip_tensor_free(&t);
	return rc;
}

static int show_transfer(const struct ip_obf *o)
{
	int rc = ip_idpc_show_transfer(&o->how, o->azimuthal, png);

	return rc < 0 ? rc : ip_idpc_show_contrast(o);
}

/* Everything is computed before anything is written. */
static int run_pictures(const struct ip_cli *c, const struct ip_idpc_input *in,
	const struct ip_obf *o, double certainty, struct ip_idpc_picture *p)
{
	struct ip_bundle b = {0};
	size_t i;
	int rc = make_outputs(&b, in);

	for (i = 0; rc == 0 && i < in->segments.shape[0]; i++)
		rc = reconstruct(&b, in, i, o, &p[i]);
	if (rc == 0)
		rc = describe(c, &b.attrs, in, &o->how, certainty);
	if (rc == 0)
		rc = copy_thickness(&b, in);
	if (rc == 0 && c->output)
		rc = save(c->output, &b);
	if (rc == 0 && png)
		rc = ip_idpc_draw(png, p, in->segments.shape[0], in->series,
			&o->how);
	if (rc == 0 && transfer)
		rc = show_transfer(o);
	ip_bundle_free(&b);
	return rc;
}

static int run_input(const struct ip_cli *c)
{
	struct ip_idpc_input in = {0};
	struct ip_idpc how = {0};
	struct ip_obf o = {0};
	struct ip_idpc_picture *p = NULL;
	double certainty = -1;
	size_t i;
	int rc = ip_idpc_read(c, &source, &in);

	if (rc == 0)
		rc = set_detector(c, &in.attrs, &how);
	if (rc == 0)
		rc = set_scan(c, &in, &how);
	if (rc == 0 && rotation && strcmp(rotation, "auto") == 0)
		rc = find_rotation(&in, &how, &certainty);
	if (rc == 0)
		rc = set_obf(&in.attrs, &how, in.all.shape[1], in.rings, &o);
	if (rc == 0) {
		p = calloc(in.segments.shape[0], sizeof *p);
		rc = p ? run_pictures(c, &in, &o, certainty, p)
			: ip_cli_error(IP_ENOMEM, "out of memory");
	}
	for (i = 0; p && i < in.segments.shape[0]; i++) {
		ip_idpc_result_free(&p[i].r);
		ip_obf_result_free(&p[i].obf);
		ip_tensor_free(&p[i].truth);
	}
	free(p);
	ip_idpc_input_free(&in);
	return rc;
}

static int run(const struct ip_cli *c)
{
	static const struct ip_attrs none;
	struct ip_idpc how = {0};
	struct ip_obf o;
	int rc;

	if (c->count == 0 && transfer) {
		how.pixel_size[0] = how.pixel_size[1] = 1;
		if (!rotation)
			rotation = "0";
		if ((rc = set_detector(c, &none, &how)) == 0
			&& (rc = set_obf(&none, &how, 4, 1, &o)) == 0)
			rc = show_transfer(&o);
		return rc;
	}
	if (c->count == 0)
		return ip_cli_usage(c, "give a file with segments, or one "
			"image a segment");
	if (!c->output && !png && !transfer && !source.truth)
		return ip_cli_usage(c, "give -o FILE (.ipt or .npz), or --png");
	return run_input(c);
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-idpc",
		.usage = "INPUT... -o OUTPUT",
		.what = "Phase, projected potential, dDPC and OBF from a "
			"segmented detector's images.",
		.example = "example: iphase-idpc gan.ipt -o idpc.ipt --png=gan",
		.options = options, .common = IP_CLI_OUTPUT | IP_CLI_THREADS };

	return ip_cli_main(&c, argc, argv, run);
}
