/* iphase-dataset: from a plan to a folder of specimens to learn from. */
#include <math.h>
#include <string.h>
#include "dataset_tool.h"

static struct ip_ds_options o = { .check = NAN, .test = NAN, .rate = NAN };

static const struct ip_opt options[] = {
	{ "shard", 0, "I/N", "run: every Nth specimen from the Ith on",
		IP_OPT_TEXT, &o.shard },
	{ 0 }
};

static int run_plan(struct ip_ds *d, char **argv)
{
	int rc;

	if (d->cli->count != 2 || !d->cli->output)
		return ip_cli_usage(d->cli, "run takes a plan and a folder: "
			"run PLAN -o DIR");
	d->folder = d->cli->output;
	rc = ip_ds_read_plan(d, d->cli->operands[1]);
	return rc ? rc : ip_ds_run(d, argv[0]);
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-dataset",
		.usage = "run PLAN -o DIR",
		.what = "Datasets to learn from: specimens drawn by a plan, "
			"simulated, checked, split.",
		.example = "example: iphase-dataset run five.plan -o five "
			"--threads=2",
		.options = options, .common = IP_CLI_OUTPUT |
			IP_CLI_THREADS };
	struct ip_ds d = { .cli = &c, .o = &o };
	int rc = ip_cli_parse(&c, argc, argv);

	if (rc == IP_CLI_RUN && c.count && strcmp(c.operands[0], "run") == 0)
		rc = run_plan(&d, argv);
	else if (rc == IP_CLI_RUN)
		rc = ip_cli_usage(&c, "say what to do: run");
	ip_plan_free(d.plan);
	return ip_cli_finish(&c, rc);
}
