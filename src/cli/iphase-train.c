/* iphase-train: simulated pictures to a trained network. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "train_tool.h"

static double loss_parts[] = { 1, 0.1, 0.1 };
static struct ip_train_options o = { .share = NAN, .scale = NAN,
	.epochs = 80, .batch = 8, .part = 1, .rate = 2e-4, .decay = 1e-5,
	.clip = 1, .loss = { loss_parts, 3 }, .seconds = INFINITY };

static const struct ip_opt options[] = {
	{ "truth", 0, "beam|zone", "which potential is learned", IP_OPT_CHOICE,
		&o.truth },
	{ "validate", 0, "DATA", "pictures to validate with; may be repeated",
		IP_OPT_TEXTS, &o.validate },
	{ "validate-share", 0, "SHARE", "or: of the specimens, 0.1",
		IP_OPT_REAL, &o.share },
	{ NULL, 0, NULL, "Network", IP_OPT_HEADING, NULL },
	{ "init", 0, "MODEL", "begin with its weights", IP_OPT_TEXT, &o.init },
	{ "feature-size", 0, "N", "a multiple of 12 [48]", IP_OPT_INT,
		&o.features },
	{ "architecture", 0, "auto|swin_unetr|modulated", "of the "
		"network", IP_OPT_CHOICE, &o.architecture },
	{ "metadata", 0, "auto|sincos7|raw4|tilt3", "how it is told the "
		"specimen",
		IP_OPT_CHOICE, &o.metadata },
	{ "scale", 0, "V", "V Angstrom of one unit of its output [600000,"
		" modulated 30000; zone: 1/100]", IP_OPT_REAL, &o.scale },
	{ NULL, 0, NULL, "Learning", IP_OPT_HEADING, NULL },
	{ "epochs", 0, "N", "times through all pictures [@]", IP_OPT_INT,
		&o.epochs },
	{ "batch", 0, "N", "pictures a step [@]", IP_OPT_INT, &o.batch },
	{ "micro-batch", 0, "N", "of them in memory at once [@]", IP_OPT_INT,
		&o.part },
	{ "rate", 0, "R", "of learning [@]", IP_OPT_REAL, &o.rate },
	{ "schedule", 0, "cosine|constant", "how the rate goes",
		IP_OPT_CHOICE, &o.constant },
	{ "warmup", 0, "STEPS", "the rate rises from 0 [@]", IP_OPT_INT,
		&o.warmup },
	{ "decay", 0, "D", "of weights [@]", IP_OPT_REAL, &o.decay },
	{ "clip", 0, "NORM", "of gradients, at most; 0: any [@]", IP_OPT_REAL,
		&o.clip },
	{ "average", 0, "KEPT", "average weights, keeping so much each step",
		IP_OPT_REAL, &o.average },
	{ "loss", 0, "P,F,G", "weights: pixels, Fourier, gradients [@]",
		IP_OPT_REALS, &o.loss },
	{ "orthonormal", 0, NULL, "Fourier part over the root of the pixels",
		IP_OPT_FLAG, &o.orthonormal },
	{ NULL, 0, NULL, "Changes of pictures, drawn anew each time",
		IP_OPT_HEADING, NULL },
	{ "turns", 0, NULL, "quarter turns", IP_OPT_FLAG, &o.turns },
	{ "mirrors", 0, NULL, "mirrors that the crystal has", IP_OPT_FLAG,
		&o.mirrors },
	{ "shifts", 0, NULL, "of pictures that are periodic", IP_OPT_FLAG,
		&o.shifts },
	{ "ramps", 0, "SHARE", "of them become ramps of thickness",
		IP_OPT_REAL, &o.ramps },
	{ "empty", 0, "SHARE", "of them become the beam without a specimen",
		IP_OPT_REAL, &o.empty },
	{ "dose", 0, "LOW,HIGH", "noise: electrons/Angstrom^2", IP_OPT_REALS,
		&o.dose },
	{ "crop", 0, "N", "a part of N x N pixels, N a multiple of 32",
		IP_OPT_INT, &o.crop },
	{ "augment", 0, "none|reference", "the reference's noise, smoothing,"
		" scaling", IP_OPT_CHOICE, &o.reference },
	{ NULL, 0, NULL, "The run", IP_OPT_HEADING, NULL },
	{ "for", 0, "TIME", "end after 90m, 2h or 300s", IP_OPT_TEXT,
		&o.budget },
	{ "patience", 0, "N", "end after N epochs without a better one",
		IP_OPT_INT, &o.patience },
	{ "resume", 0, NULL, "go on where it stopped", IP_OPT_FLAG,
		&o.resume },
	{ "checkpoint", 0, "STEPS", "also within an epoch", IP_OPT_INT,
		&o.checkpoint },
	{ "samples", 0, "EPOCHS", "pictures after these: 1,10:80:10",
		IP_OPT_REALS, &o.samples },
	{ "log", 0, "FILE", "a row an epoch [MODEL.csv]", IP_OPT_TEXT,
		&o.log },
	{ 0 }
};

/* 90m, 2h, 300s; INFINITY if text is NULL, NAN if it is none of these. */
static double seconds_of(const char *text)
{
	static const struct { char unit; double s; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 } };
	size_t n = text ? strlen(text) : 0, i;
	char number[64];
	double v;

	if (!text)
		return INFINITY;
	if (n < 2 || n >= sizeof number)
		return NAN;
	memcpy(number, text, n - 1);
	number[n - 1] = '\0';
	if (ip_cli_real(number, &v) || !(v > 0))
		return NAN;
	for (i = 0; i < sizeof units / sizeof *units; i++)
		if (text[n - 1] == units[i].unit)
			return v * units[i].s;
	return NAN;
}

static int check_counts(const struct ip_cli *c)
{
	const struct { const char *name; long v, lowest; } all[] = {
		{ "epochs", o.epochs, 1 }, { "batch", o.batch, 1 },
		{ "micro-batch", o.part, 1 }, { "warmup", o.warmup, 0 },
		{ "patience", o.patience, 0 },
		{ "checkpoint", o.checkpoint, 0 }, { "crop", o.crop, 0 },
		{ "feature-size", o.features, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].v < all[i].lowest)
			return ip_cli_usage(c, "--%s: %ld, expected a whole"
				" number from %ld on", all[i].name, all[i].v,
				all[i].lowest);
	if (o.features % 12 || o.features > 1200)
		return ip_cli_usage(c, "--feature-size: %ld, expected a"
			" multiple of 12 up to 1200", o.features);
	if (o.crop % IP_NET_STEP || o.crop == IP_NET_STEP)
		return ip_cli_usage(c, "--crop: %ld, expected a multiple of"
			" %d from %d on", o.crop, IP_NET_STEP,
			2 * IP_NET_STEP);
	if (o.part > o.batch)
		return ip_cli_usage(c, "--micro-batch: %ld, expected at most"
			" --batch, %ld", o.part, o.batch);
	return 0;
}

static int check_numbers(const struct ip_cli *c)
{
	const double *v = o.loss.v, *d = o.dose.v;

	if (!(o.rate > 0))
		return ip_cli_usage(c, "--rate: %g, expected a number above"
			" 0", o.rate);
	if (!(o.decay >= 0) || !(o.clip >= 0))
		return ip_cli_usage(c, "--decay, --clip: %g, %g, expected"
			" numbers from 0 on", o.decay, o.clip);
	if (!(o.average >= 0 && o.average < 1))
		return ip_cli_usage(c, "--average: %g, expected 0 to below 1,"
			" such as 0.999", o.average);
	if (!isnan(o.scale) && !(o.scale > 0))
		return ip_cli_usage(c, "--scale: %g, expected a number above"
			" 0", o.scale);
	if (!isnan(o.share) && !(o.share > 0 && o.share < 1))
		return ip_cli_usage(c, "--validate-share: %g, expected a"
			" number between 0 and 1", o.share);
	if (o.loss.count != 3 || !(v[0] >= 0 && v[1] >= 0 && v[2] >= 0 &&
	    v[0] + v[1] + v[2] > 0))
		return ip_cli_usage(c, "--loss: expected three numbers from 0"
			" on, not all of them 0");
	if (o.dose.count > 2 || (o.dose.count && !(d[0] > 0 &&
	    d[0] <= d[o.dose.count - 1])))
		return ip_cli_usage(c, "--dose: expected LOW,HIGH, above 0"
			" and in this order, or one number");
	if (isnan(o.seconds))
		return ip_cli_usage(c, "--for: '%s', expected a time such as"
			" 90m, 2h or 300s", o.budget);
	return 0;
}

static int check_samples(const struct ip_cli *c)
{
	const struct ip_reals *r = &o.samples;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (!(r->v[i] >= 1 && r->v[i] == floor(r->v[i])))
			return ip_cli_usage(c, "--samples: %g, expected whole"
				" numbers from 1 on", r->v[i]);
	return 0;
}

static int check_options(const struct ip_cli *c)
{
	int rc = 0;

	o.seconds = seconds_of(o.budget);
	if (c->count == 0)
		rc = ip_cli_usage(c, "give files or folders with pictures to"
			" learn from");
	else if (!c->output)
		rc = ip_cli_usage(c, "give -o MODEL.ipt");
	else if (!ip_cli_has_ext(c->output, ".ipt"))
		rc = ip_cli_usage(c, "%s: the name must end in .ipt",
			c->output);
	else if (o.validate.count && !isnan(o.share))
		rc = ip_cli_usage(c, "--validate and --validate-share: give"
			" one of them");
	else if (o.patience && !o.validate.count && isnan(o.share))
		rc = ip_cli_usage(c, "--patience needs --validate or"
			" --validate-share");
	if (rc == 0)
		rc = check_counts(c);
	if (rc == 0)
		rc = check_samples(c);
	return rc ? rc : check_numbers(c);
}

static int run(const struct ip_cli *c)
{
	struct ip_train_job job = { .cli = c, .o = &o };
	int rc = check_options(c);

	if (rc == 0)
		rc = ip_train_names(&job);
	if (rc == 0)
		rc = ip_train_data(&job);
	if (rc == 0)
		rc = ip_train_setup(&job);
	if (rc == 0)
		rc = ip_train_run(&job);
	ip_train_close(&job);
	return rc;
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-train",
		.usage = "DATA... -o MODEL.ipt",
		.what = "Trains the network of iphase-infer on simulated"
			" pictures and their potentials.",
		.example = "example: iphase-train sto.ipt gan.ipt --epochs=40"
			" --validate-share=0.1\n             --turns"
			" --dose=1000,100000 -o model.ipt",
		.options = options, .common = IP_CLI_OUTPUT | IP_CLI_THREADS |
			IP_CLI_BACKEND | IP_CLI_SEED };

	return ip_cli_main(&c, argc, argv, run);
}
