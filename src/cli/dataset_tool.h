/* Inside iphase-dataset: its options, its folder, the job of a specimen. */
#ifndef IP_CLI_DATASET_TOOL_H
#define IP_CLI_DATASET_TOOL_H

#include <iphase/plan.h>
#include "cli.h"

struct ip_ds_options {
	const char *shard;
	double check, test, rate;	/* NAN: not given */
	const char *hold;
};

/*
 * A dataset's folder:
 *	plan			the plan, as it was given
 *	structures/		structures that jobs read from files
 *	specimens/NNNNN-NAME.ipt
 *	learn/ check/ test/	links to specimens, of split
 * Jobs run inside it and name files as above, so that what they write does
 * not depend on where it is.
 */
struct ip_ds {
	const struct ip_cli *cli;
	const struct ip_ds_options *o;
	struct ip_plan *plan;
	const char *plan_path;
	char plan_found[4096];
	const char *folder;
};

#define IP_DS_NAME 160	/* bytes of a specimen's name, at most */

/* ---- folders and files: dataset_files.c ---- */

/* A path in a folder, shorter than size, or IP_ELIMIT. */
int ip_ds_path(char *path, size_t size, const char *folder, const char *name);
int ip_ds_exists(const char *path);
/* A folder that may be there. */
int ip_ds_mkdir(const char *path);
/* to appears whole, with the bytes of from; one that is there must have them:
 * else IP_EINVAL. */
int ip_ds_copy(const char *from, const char *to);
int ip_ds_same_bytes(const char *a, const char *b, int *same);
/* The plan given, a file or the name of a shipped one, or that of the folder
 * (path NULL). */
int ip_ds_read_plan(struct ip_ds *d, const char *path);

/* ---- the job of a specimen: dataset_job.c ---- */

struct ip_ds_job {
	struct ip_plan_specimen s;
	char name[IP_DS_NAME];		/* "00012-GaN" */
	char output[IP_DS_NAME];	/* "specimens/00012-GaN.ipt" */
	char structure[IP_DS_NAME];	/* "structures/a.cif", or "" */
	char **argv;			/* words, argc of them, then NULL */
	int argc;
	char *command;			/* what the output will say made it */
};
int ip_ds_job(const struct ip_ds *d, size_t i, struct ip_ds_job *j);
void ip_ds_job_free(struct ip_ds_job *j);
/* Its structure into the dataset's folder. */
int ip_ds_place_structure(const struct ip_ds *d, const struct ip_ds_job *j);
/*
 * Whether its output is there (made), by this command; another's, or a file
 * that is none, is an error.
 */
int ip_ds_is_made(const struct ip_ds *d, const struct ip_ds_job *j,
	int *made);
/* iphase-simulate beside this tool, or as the shell finds it. */
int ip_ds_simulate_path(char *path, size_t size, const char *argv0);

/* ---- what the tool does: dataset_run.c ---- */

int ip_ds_run(struct ip_ds *d, const char *argv0);

#endif
