/* iphase-dataset: from a plan to a folder of specimens to learn from. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dataset_tool.h"

static struct ip_ds_options o = { .check = 0.1, .test = 0.1, .rate = 8 };

static const struct ip_opt options[] = {
	{ "shard", 0, "I/N", "run: every Nth specimen from the Ith on",
		IP_OPT_TEXT, &o.shard },
	{ "check", 0, "SHARE", "split: of the specimens to validate with [@]",
		IP_OPT_REAL, &o.check },
	{ "test", 0, "SHARE", "split: to test with [@]", IP_OPT_REAL,
		&o.test },
	{ "hold", 0, "NAME,...", "split: crystals that only test sees",
		IP_OPT_TEXT, &o.hold },
	{ "rate", 0, "R", "plan: 1e9 units of work a second and thread [@]",
		IP_OPT_REAL, &o.rate },
	{ 0 }
};

static int plan(struct ip_ds *d)
{
	int rc;

	if (!(o.rate > 0))
		return ip_cli_usage(d->cli, "--rate: %g, expected a number "
			"above 0", o.rate);
	rc = ip_ds_read_plan(d, d->cli->operands[1]);
	return rc ? rc : ip_ds_plan(d);
}

static int run(struct ip_ds *d)
{
	int rc;

	if (!d->cli->output)
		return ip_cli_usage(d->cli, "give a folder: run PLAN -o DIR");
	/* by the environment, not their command lines: devices differ by
	 * rounding only, and a folder may be finished on another */
	if (d->cli->backend && setenv("IPHASE_BACKEND", d->cli->backend, 1))
		return ip_cli_error(IP_ENOMEM, "out of memory");
	d->folder = d->cli->output;
	rc = ip_ds_read_plan(d, d->cli->operands[1]);
	return rc ? rc : ip_ds_run(d);
}

static int check(struct ip_ds *d)
{
	int rc;

	d->folder = d->cli->operands[1];
	rc = ip_ds_read_plan(d, NULL);
	return rc ? rc : ip_ds_check(d);
}

static int split(struct ip_ds *d)
{
	int rc;

	if (!(o.check >= 0 && o.test >= 0 && o.check + o.test <= 1))
		return ip_cli_usage(d->cli, "--check, --test: %g, %g, expected "
			"shares from 0 on, together 1 at most", o.check,
			o.test);
	d->folder = d->cli->operands[1];
	rc = ip_ds_read_plan(d, NULL);
	return rc ? rc : ip_ds_split(d);
}

static int merge(struct ip_ds *d)
{
	int rc;

	d->folder = d->cli->operands[2];
	rc = ip_ds_read_plan(d, NULL);
	d->folder = d->cli->operands[1];
	return rc ? rc : ip_ds_merge(d);
}

static const struct {
	const char *name, *operands;
	int count;		/* of operands; more where this is negative */
	int (*run)(struct ip_ds *d);
} commands[] = {
	{ "plan", "PLAN", 1, plan }, { "run", "PLAN -o DIR", 1, run },
	{ "check", "DIR", 1, check }, { "split", "DIR", 1, split },
	{ "merge", "OUT DIR...", -2, merge },
};

static int choose(struct ip_ds *d)
{
	const struct ip_cli *c = d->cli;

	for (size_t i = 0; c->count && i < sizeof commands / sizeof *commands;
			i++) {
		int n = commands[i].count;

		if (strcmp(c->operands[0], commands[i].name) != 0)
			continue;
		if (n < 0 ? c->count - 1 < -n : c->count - 1 != n)
			return ip_cli_usage(c, "expected %s %s",
				commands[i].name, commands[i].operands);
		return commands[i].run(d);
	}
	return ip_cli_usage(c, "say what to do: plan, run, check, split or "
		"merge");
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-dataset",
		.usage = "plan|run|check|split|merge ...",
		.what = "Datasets to learn from: specimens drawn by a plan, "
			"simulated, checked, split.\n\n"
			"  plan PLAN          what it would make, and what that "
			"takes\n"
			"  run PLAN -o DIR    make it, or what is left of it\n"
			"  check DIR          whether it is all there, and "
			"whole\n"
			"  split DIR          into DIR/learn, DIR/check, "
			"DIR/test\n"
			"  merge OUT DIR...   shards of one plan into one "
			"folder",
		.example = "example: iphase-dataset run five.plan -o five "
			"--threads=2",
		.options = options, .common = IP_CLI_OUTPUT | IP_CLI_THREADS |
			IP_CLI_BACKEND | IP_CLI_SEED };
	struct ip_ds d = { .cli = &c, .argv0 = argv[0], .o = &o };
	int rc = ip_cli_parse(&c, argc, argv);

	if (rc == IP_CLI_RUN)
		rc = choose(&d);
	ip_plan_free(d.plan);
	return ip_cli_finish(&c, rc);
}
