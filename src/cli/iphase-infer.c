/* iphase-infer: segment images and a trained network to the potential. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "infer_tool.h"

static struct ip_infer_options o = { .model = "wide",
	.beam = NAN, .scale = NAN, .memory = NAN, .displacement = NAN,
	.regions = IP_TRUST_REGIONS,
	.source = { .name = "segments", .dtype = "float32" } };

static const struct ip_opt options[] = {
	{ "model", 0, "FILE", ".ipt, .pt, .pth, .safetensors, .npz, or a "
		"shipped one [@]", IP_OPT_TEXT, &o.model },
	{ NULL, 0, NULL, "Specimen (what the input says, if not given)",
		IP_OPT_HEADING, NULL },
	{ "thickness", 0, "NM", "a number, one for each picture, or a file"
		" with a map", IP_OPT_TEXT, &o.thickness },
	{ "euler", 0, "RZ,RX,RY", "orientation, degree", IP_OPT_REALS,
		&o.euler },
	{ "beam", 0, "N", "all of the incident beam, in the images' unit",
		IP_OPT_REAL, &o.beam },
	{ NULL, 0, NULL, "Network (what the model says, if not given)",
		IP_OPT_HEADING, NULL },
	{ "metadata", 0, "auto|sincos7|raw4|tilt3", "how it is told the "
		"specimen",
		IP_OPT_CHOICE, &o.metadata },
	{ "scale", 0, "V", "V Angstrom of one unit of its output",
		IP_OPT_REAL, &o.scale },
	{ NULL, 0, NULL, "Large pictures", IP_OPT_HEADING, NULL },
	{ "memory", 0, "MIB", "cut them into tiles that need no more",
		IP_OPT_REAL, &o.memory },
	{ "tile", 0, "N", "pixels of a tile's side, a multiple of 32",
		IP_OPT_INT, &o.tile },
	{ "overlap", 0, "N", "pixels, at least [a quarter of the tile]",
		IP_OPT_INT, &o.overlap },
	{ "check-tiles", 0, NULL, "print how far tiles are from the whole",
		IP_OPT_FLAG, &o.check_tiles },
	{ NULL, 0, NULL, "How far to trust it", IP_OPT_HEADING, NULL },
	{ "check", 0, NULL, "put the potential back through the scattering and"
		" compare with the segments", IP_OPT_FLAG, &o.check },
	{ "regions", 0, "N", "so many of a picture's are compared; 0: all [4]",
		IP_OPT_INT, &o.regions },
	{ "displacement", 0, "U", "mean square of the atoms', square Angstrom"
		" [found]", IP_OPT_REAL, &o.displacement },
	{ "ensemble", 0, NULL, "the mean over turned pictures, and its spread",
		IP_OPT_FLAG, &o.ensemble },
	{ NULL, 0, NULL, "Input", IP_OPT_HEADING, NULL },
	{ "images", 0, NULL, "the inputs are four images, one a segment",
		IP_OPT_FLAG, &o.images },
	{ "segment-order", 0, "0,1,2,3", "which are counter-clockwise",
		IP_OPT_REALS, &o.source.order },
	{ "axes", 0, "auto|sxy|syx|xys|yxs", "of images; auto: syx for raw"
		" files, else sxy", IP_OPT_CHOICE, &o.source.axes },
	{ "shape", 0, "W,H", "of raw images", IP_OPT_REALS, &o.source.shape },
	{ "dtype", 0, "NAME", "of raw images [@]", IP_OPT_TEXT,
		&o.source.dtype },
	{ NULL, 0, NULL, "Results", IP_OPT_HEADING, NULL },
	{ "truth", 0, "auto|beam|zone", "potential along the beam, or along"
		" the zone axis per nm; auto: the model's", IP_OPT_CHOICE,
		&o.truth },
	{ "png", 0, "PREFIX", "also pictures PREFIX-...png", IP_OPT_TEXT,
		&o.png },
	{ 0 }
};

/* ---- names of outputs ---- */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static size_t stem_of(const char *base)
{
	const char *dot = strrchr(base, '.');

	return dot && dot > base ? (size_t)(dot - base) : strlen(base);
}

static int is_folder(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

/* Whether -o names a folder for the outputs. */
static int into_folder(const struct ip_cli *c)
{
	size_t n = strlen(c->output);

	return (c->count > 1 && !o.images) || (n && c->output[n - 1] == '/') ||
		is_folder(c->output);
}

/* -o itself, or a file in it of the input's name, .npz if it is one. */
static int output_of(const struct ip_cli *c, int i, char *path, size_t size)
{
	const char *in = c->operands[i], *base = base_of(in);
	size_t n = strlen(c->output);
	int k;

	if (!into_folder(c))
		k = snprintf(path, size, "%s", c->output);
	else
		k = snprintf(path, size, "%s%s%.*s%s", c->output, n &&
			c->output[n - 1] == '/' ? "" : "/", (int)stem_of(base),
			base, ip_cli_has_ext(in, ".npz") ? ".npz" : ".ipt");
	return k < (int)size ? 0 : ip_cli_error(IP_EINVAL, "%s: the name is"
		" too long", c->output);
}

/* No output is an input, and none is written twice. */
static int check_output(const struct ip_cli *c, int i, const char *path)
{
	char other[4096];
	int k, rc;

	for (k = 0; k < c->count; k++)
		if (ip_cli_same_file(path, c->operands[k]))
			return ip_cli_usage(c, "%s is an input: choose another"
				" output", path);
	for (k = 0; k < i && !o.images; k++) {
		rc = output_of(c, k, other, sizeof other);
		if (rc == 0 && strcmp(path, other) == 0)
			rc = ip_cli_usage(c, "%s and %s would both be written"
				" to %s", c->operands[k], c->operands[i],
				path);
		if (rc)
			return rc;
	}
	return 0;
}

static int check_outputs(const struct ip_cli *c)
{
	char path[4096];
	int i, rc = 0, n = o.images ? 1 : c->count;

	if (!c->output)
		return 0;
	if (!into_folder(c) && !ip_cli_has_ext(c->output, ".ipt") &&
	    !ip_cli_has_ext(c->output, ".npz"))
		return ip_cli_usage(c, "%s: the name must end in .ipt or .npz",
			c->output);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = output_of(c, i, path, sizeof path);
		if (rc == 0)
			rc = check_output(c, i, path);
	}
	if (rc == 0 && into_folder(c) && mkdir(c->output, 0777) != 0 &&
	    !is_folder(c->output))
		rc = ip_cli_error(IP_EIO, "%s: %s", c->output,
			strerror(errno));
	if (rc == 0 && o.png)
		rc = ip_cli_can_write(o.png);
	return rc ? rc : ip_cli_can_write(path);
}

/* ---- the whole ---- */

static int check_options(const struct ip_cli *c)
{
	if (c->count == 0)
		return ip_cli_usage(c, "give a file with segments, or four"
			" images by --images");
	if (!c->output && !o.png)
		return ip_cli_usage(c, "give -o FILE (.ipt or .npz), or --png");
	if (o.images && c->count != 4)
		return ip_cli_usage(c, "--images: %d inputs, expected four",
			c->count);
	if (!o.images && (o.source.order.count || o.source.axes ||
	    o.source.shape.count))
		return ip_cli_usage(c, "--segment-order, --axes and --shape"
			" are for --images");
	if (o.euler.count && o.euler.count != 3)
		return ip_cli_usage(c, "--euler: %zu numbers, expected RZ,RX,"
			"RY", o.euler.count);
	if (!isnan(o.scale) && !(o.scale > 0))
		return ip_cli_usage(c, "--scale: %g, expected a number above"
			" 0", o.scale);
	if (!isnan(o.memory) && !(o.memory > 0 && o.memory < 1e9))
		return ip_cli_usage(c, "--memory: %g, expected MiB above 0",
			o.memory);
	if (o.tile < 0 || o.tile % IP_NET_STEP || o.tile == IP_NET_STEP)
		return ip_cli_usage(c, "--tile: %ld, expected a multiple of %d"
			" from %d on", o.tile, IP_NET_STEP, 2 * IP_NET_STEP);
	if (o.overlap < 0 || (o.tile && o.overlap > o.tile - IP_NET_STEP))
		return ip_cli_usage(c, "--overlap: %ld, expected 0 to the tile"
			" less %d", o.overlap, IP_NET_STEP);
	if (o.regions < 0)
		return ip_cli_usage(c, "--regions: %ld, expected 0 or more",
			o.regions);
	if (!isnan(o.displacement) && !(o.displacement >= 0 &&
	    o.displacement < 1))
		return ip_cli_usage(c, "--displacement: %g, expected 0 to 1",
			o.displacement);
	return 0;
}

static int run_input(struct ip_infer_job *job, int i, int many)
{
	const struct ip_cli *c = job->cli;
	char path[4096], prefix[4096];
	const char *base = base_of(c->operands[i]);
	int rc = 0, n = 0;

	if (c->output)
		rc = output_of(c, i, path, sizeof path);
	if (o.png)
		n = many ? snprintf(prefix, sizeof prefix, "%s-%.*s", o.png,
			(int)stem_of(base), base) :
			snprintf(prefix, sizeof prefix, "%s", o.png);
	if (rc == 0 && n >= (int)sizeof prefix)
		rc = ip_cli_error(IP_EINVAL, "--png: the name is too long");
	return rc ? rc : ip_infer_input(job, i, c->output ? path : NULL,
		o.png ? prefix : NULL);
}

static int run(const struct ip_cli *c)
{
	struct ip_infer_job job = { .cli = c, .o = &o };
	int i, n = o.images ? 1 : c->count, rc = check_options(c);

	if (rc == 0)
		rc = check_outputs(c);
	if (rc)
		return rc;
	rc = ip_infer_begin(&job);
	for (i = 0; rc == 0 && i < n; i++)
		rc = run_input(&job, i, n > 1);
	ip_infer_end(&job);
	return rc;
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-infer",
		.usage = "INPUT... -o OUTPUT",
		.what = "The projected potential, by a trained network, from"
			" the images of four segments.",
		.example = "example: iphase-infer --model=model.ipt gan.ipt"
			" -o potential.ipt --png=gan",
		.options = options, .common = IP_CLI_OUTPUT | IP_CLI_THREADS |
			IP_CLI_BACKEND };

	return ip_cli_main(&c, argc, argv, run);
}
