/* iphase-prepare: from what a microscope wrote to what a model was trained on. */
#include <math.h>
#include <stdio.h>
#include "prepare_tool.h"
#include "segments.h"

static struct ip_prepare_options o = { .rotation = NAN, .scan_rotation = NAN,
	.detector = NAN, .reference = NAN, .total = NAN, .rebin = 1,
	.resample = NAN, .energy = NAN, .semiangle = NAN, .inner = NAN,
	.outer = NAN, .defocus = NAN, .mean_free_path = NAN };

static const struct ip_opt options[] = {
	{ NULL, 0, NULL, "Segments", IP_OPT_HEADING, NULL },
	{ "segments", 0, "A,B,C,D", "names of the four images", IP_OPT_TEXT,
		&o.segments },
	{ "segment-order", 0, "0,1,2,3", "which of them are counter-clockwise",
		IP_OPT_REALS, &o.order },
	{ "flip", 0, "x|y|transpose", "the scan; may be repeated", IP_OPT_TEXTS,
		&o.flip },
	{ "rotation", 0, "DEG", "first edge of segment 0 against the scan's x",
		IP_OPT_REAL, &o.rotation },
	{ "scan-rotation", 0, "DEG", "the scan was turned since", IP_OPT_REAL,
		&o.scan_rotation },
	{ NULL, 0, NULL, "Frames", IP_OPT_HEADING, NULL },
	{ "align", 0, "no|first|mean", "take out drift, against the first or"
		" those before [@]", IP_OPT_CHOICE, &o.align },
	{ "series", 0, NULL, "keep frames apart, as of several thicknesses",
		IP_OPT_FLAG, &o.series },
	{ NULL, 0, NULL, "Fractions of the incident beam", IP_OPT_HEADING,
		NULL },
	{ "offset", 0, "N[,N,N,N]", "of each segment, taken off", IP_OPT_REALS,
		&o.offset },
	{ "gain", 0, "N[,N,N,N]", "of each segment, then multiplied by",
		IP_OPT_REALS, &o.gain },
	{ "vacuum", 0, "X,Y,W,H", "pixels without specimen", IP_OPT_REALS,
		&o.vacuum },
	{ "reference", 0, "N", "all of the beam, in the images' unit",
		IP_OPT_REAL, &o.reference },
	{ "total", 0, "F", "the four add up to this fraction in the mean",
		IP_OPT_REAL, &o.total },
	{ NULL, 0, NULL, "Pixels", IP_OPT_HEADING, NULL },
	{ "crop", 0, "X,Y,W,H", "pixels to keep", IP_OPT_REALS, &o.crop },
	{ "rebin", 0, "N", "means of N x N pixels [@]", IP_OPT_INT, &o.rebin },
	{ "detector", 0, "DEG", "turn the picture until the detector is there",
		IP_OPT_REAL, &o.detector },
	{ "resample", 0, "A", "to pixels of this side, Angstrom", IP_OPT_REAL,
		&o.resample },
	{ "model", 0, "FILE", "both as this model was trained, unless given",
		IP_OPT_TEXT, &o.model },
	{ NULL, 0, NULL, "Microscope (what the input says, if not given)",
		IP_OPT_HEADING, NULL },
	{ "energy", 0, "KV", "beam energy", IP_OPT_REAL, &o.energy },
	{ "semiangle", 0, "MRAD", "of the probe", IP_OPT_REAL, &o.semiangle },
	{ "inner", 0, "MRAD", "where the segments begin", IP_OPT_REAL,
		&o.inner },
	{ "outer", 0, "MRAD", "where they end", IP_OPT_REAL, &o.outer },
	{ "pixel-size", 0, "X[,Y]", "of the images, Angstrom", IP_OPT_REALS,
		&o.pixel_size },
	{ "defocus", 0, "A", "positive: underfocus", IP_OPT_REAL, &o.defocus },
	{ NULL, 0, NULL, "Specimen (what the input says, if not given)",
		IP_OPT_HEADING, NULL },
	{ "euler", 0, "RZ,RX,RY", "orientation, degree", IP_OPT_REALS,
		&o.euler },
	{ "thickness", 0, "NM|FILE", "a number, one for each of a series, or a"
		" map", IP_OPT_TEXT, &o.thickness },
	{ "t-over-lambda", 0, "N|FILE", "the same in mean free paths",
		IP_OPT_TEXT, &o.t_over_lambda },
	{ "mean-free-path", 0, "NM", "of inelastic scattering", IP_OPT_REAL,
		&o.mean_free_path },
	{ "wedge", 0, "T0,T1[,DEG]", "from T0 to T1 nm along DEG",
		IP_OPT_REALS, &o.wedge },
	{ 0 }
};

static int check_options(const struct ip_cli *c)
{
	if (c->count == 0)
		return ip_cli_usage(c, "give a file with the images of four"
			" segments, or one a segment");
	if (!c->output)
		return ip_cli_usage(c, "give -o FILE (.ipt or .npz)");
	if (!ip_cli_has_ext(c->output, ".ipt") &&
	    !ip_cli_has_ext(c->output, ".npz"))
		return ip_cli_usage(c, "%s: the name must end in .ipt or .npz",
			c->output);
	for (int i = 0; i < c->count; i++)
		if (ip_cli_same_file(c->output, c->operands[i]))
			return ip_cli_usage(c, "%s is an input: choose another"
				" output", c->output);
	return ip_cli_can_write(c->output);
}

static void show(const struct ip_prepare_job *job)
{
	const size_t *n = job->segments.shape + job->segments.ndim - 2;
	double pixel[2];
	char text[64] = "";

	ip_cli_pixel_size(&job->attrs, pixel);
	if (pixel[0] > 0)
		snprintf(text, sizeof text, " of %g x %g Angstrom", pixel[0],
			pixel[1]);
	ip_cli_info("%s: %zu x %zu pixels%s", job->cli->output, n[0], n[1],
		text);
}

static int run(const struct ip_cli *c)
{
	struct ip_prepare_job job = { .cli = c, .o = &o, .whole = 1 };
	int rc = check_options(c);

	if (rc == 0)
		rc = ip_prepare_load(&job);
	if (rc == 0)
		rc = ip_prepare_about(&job);
	if (rc == 0)
		rc = ip_prepare_thickness(&job);
	if (rc == 0)
		rc = ip_prepare_frames(&job);
	if (rc == 0)
		rc = ip_prepare_calibrate(&job);
	if (rc == 0)
		rc = ip_prepare_pixels(&job);
	if (rc == 0)
		rc = ip_prepare_save(&job, c->output);
	if (rc == 0) {
		ip_prepare_missing(&job);
		show(&job);
	}
	ip_prepare_free(&job);
	return rc;
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-prepare",
		.usage = "INPUT... -o OUTPUT",
		.what = "Four segments' images as a microscope wrote them, made"
			" ready for a model.",
		.example = "example: iphase-prepare a.png b.png c.png d.png"
			" --reference=120 -o scan.ipt",
		.options = options,
		.common = IP_CLI_OUTPUT | IP_CLI_THREADS };

	return ip_cli_main(&c, argc, argv, run);
}
