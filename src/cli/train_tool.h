/* The parts of iphase-train. */
#ifndef IP_CLI_TRAIN_TOOL_H
#define IP_CLI_TRAIN_TOOL_H

#include <iphase/training.h>
#include "cli.h"

/* What the options say; a number that was not given is NAN, or 0. */
struct ip_train_options {
	const char *init, *budget, *log;
	int architecture;	/* 0: auto, else ip_architecture + 1 */
	int truth, metadata;	/* enum ip_truth; 0: auto, else ip_metadata + 1 */
	struct ip_texts validate;
	double share, scale;
	long features, epochs, batch, part, warmup;
	double rate, decay, clip, average, ramps, empty;
	int constant, orthonormal;
	struct ip_reals loss, dose, samples;
	int turns, mirrors, shifts, reference, resume;
	long crop, patience, checkpoint;
	double seconds;		/* of budget; INFINITY without */
};

/* All that a run of the tool holds. */
struct ip_train_job {
	const struct ip_cli *cli;
	const struct ip_train_options *o;
	/* data */
	struct ip_dataset *learned, *checked;	/* checked: NULL, or its own */
	size_t *list, *check_list;
	/* the network */
	struct ip_model model;		/* of --init, or how it is to be used */
	struct ip_dev *dev;
	struct ip_trainer *t;
	/* the run */
	struct ip_training how;
	struct ip_run run;
	struct ip_attrs same, about;	/* of checkpoints */
	/* what is written */
	const char *stem;		/* -o without .ipt */
	size_t stem_size;
	char checkpoint[4096], log[4096];
	uint64_t model_epoch;		/* whose weights it has; 0: none's */
	double model_at;		/* when it was written */
	size_t log_rows;
	int log_written;
	/* the clock */
	double began;			/* s */
	uint64_t steps, steps_before;	/* of all epochs; of earlier sessions */
	uint64_t seen;			/* pictures of this epoch */
	uint64_t told_pictures;		/* since a line was printed, and when */
	double told_at;
	int late;			/* --for is over */
};

/* ---- train_data.c ---- */

/* learned, checked, lists and how.learn, how.check, feeding.change. Nonzero:
 * a status, reported. */
int ip_train_data(struct ip_train_job *job);
void ip_train_data_close(struct ip_train_job *job);
/* What job->same has of it. */
int ip_train_data_same(struct ip_train_job *job);
/* Rows and columns of the largest picture that goes through at once. */
void ip_train_largest(const struct ip_train_job *job, size_t *h, size_t *w);

/* ---- train_setup.c ---- */

/* All but data; data must be open. */
int ip_train_setup(struct ip_train_job *job);
void ip_train_close(struct ip_train_job *job);

/* ---- train_files.c ---- */

/* Names of outputs; none is an input. */
int ip_train_names(struct ip_train_job *job);
/* A checkpoint, and what follows from it. */
int ip_train_save(struct ip_train_job *job);
/*
 * What follows from a checkpoint: the model, the log, its chart. Where nothing
 * was validated each checkpoint has another model: it is written at the end,
 * and before that once a minute.
 */
int ip_train_derive(struct ip_train_job *job, int end);

/* ---- train_draw.c ---- */

/* Pictures of this epoch, if it is one of --samples. */
int ip_train_draw(struct ip_train_job *job);
/* The chart of the log, if there is a gnuplot. */
void ip_train_chart(const struct ip_train_job *job);

/* ---- train_run.c ---- */

int ip_train_run(struct ip_train_job *job);
double ip_train_seconds(void);	/* a clock */

#endif
