/* Inside iphase-dataset: its options, its folder, the job of a specimen. */
#ifndef IP_CLI_DATASET_TOOL_H
#define IP_CLI_DATASET_TOOL_H

#include <stdio.h>
#include <iphase/plan.h>
#include "cli.h"

struct ip_ds_options {
	const char *shard;
	double check, test, rate;
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
	const char *argv0;		/* iphase-simulate is beside it */
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
/* The same; a hard link where the file system has them. */
int ip_ds_link(const char *from, const char *to);
int ip_ds_same_bytes(const char *a, const char *b, int *same);
/* plan and the folders specimens and structures, there or made. */
int ip_ds_prepare(const struct ip_ds *d);
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
int ip_ds_is_made(const struct ip_ds_job *j, const char *folder, int *made);

/* ---- rows of a table, one a crystal of a group: dataset_table.c ---- */

#define IP_DS_BINS 6	/* of thickness */

struct ip_ds_row {
	const char *group, *crystal;
	size_t specimens, pictures, pixels;
	size_t bin[IP_DS_BINS];		/* pictures by thickness */
	double bytes, work;		/* on disk; units of --cost */
};
struct ip_ds_table {
	struct ip_ds_row *rows;
	size_t count;
};
/* The row of a specimen, a new one if there is none; NULL: no memory. */
struct ip_ds_row *ip_ds_row(struct ip_ds_table *t,
	const struct ip_plan_specimen *s);
/* Count it. */
void ip_ds_count(struct ip_ds_row *r, const struct ip_plan_specimen *s);
/* Pictures by thickness. */
void ip_ds_put_bins(const struct ip_ds_table *t);

/* ---- jobs, several at once: dataset_pool.c ---- */

struct ip_ds_pool {
	const struct ip_ds *d;
	const char *what;		/* for the progress */
	int cost;			/* only ask what they would cost */
	const size_t *todo;		/* specimens */
	size_t count, failed;
	/* Told of each that succeeded, with what it printed; may be NULL. */
	void (*good)(void *ctx, const struct ip_ds_job *j, FILE *said);
	void *ctx;
};
/* One that fails is reported with its command, and the rest goes on. Ends
 * early, with an error, when a signal asks for it. */
int ip_ds_pool_run(struct ip_ds_pool *p);

/* ---- what the tool does ---- */

int ip_ds_plan(struct ip_ds *d);
int ip_ds_run(struct ip_ds *d);
int ip_ds_check(struct ip_ds *d);
int ip_ds_split(struct ip_ds *d);
int ip_ds_merge(struct ip_ds *d);

#endif
