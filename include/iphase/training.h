/*
 * A run of training: epochs, validation, and checkpoints from which it goes on
 * to the bytes that it would have had without a stop.
 *
 *	struct ip_run run = { 0 };
 *
 *	ip_checkpoint_load	if there is one
 *	ip_train		whose calls save checkpoints
 *	ip_run_weights		what a model file holds
 *	ip_run_free
 */
#ifndef IPHASE_TRAINING_H
#define IPHASE_TRAINING_H

#include <iphase/dataset.h>
#include <iphase/train.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Some pictures of a data set. */
struct ip_pictures {
	const struct ip_dataset *set;
	const size_t *list;
	size_t count;
};

/*
 * Hold back a share of the specimens, whole, so that no picture of one is both
 * learned and validated. list gets all ip_dataset_count pictures in order, the
 * *learn to learn from first; which those are, the seed decides. At least one
 * specimen goes either way: IP_EINVAL if there is but one, or unless
 * 0 < share < 1.
 */
int ip_dataset_hold(const struct ip_dataset *d, double share, uint64_t seed,
	size_t *list, size_t *learn);

struct ip_training {
	struct ip_pictures learn, check;	/* check.count 0: none */
	/* Pictures that are checked have its dose and crop, drawn once for all
	 * epochs, and none of its other changes. */
	struct ip_feeding feeding;
	struct ip_schedule schedule;
	size_t batch;		/* pictures a step */
	size_t part;		/* of them on the device at once */
	uint64_t epochs;
	uint64_t patience;	/* epochs without a better one; 0: any */
	uint64_t checkpoint;	/* steps between two; 0: at epochs' ends */
	int averaged;		/* averaged weights are checked and kept */
};

/*
 * Steps of all epochs: what a schedule may need to know. Fails, as ip_train
 * does at once, if a picture, also one of check, cannot become an example.
 */
int ip_training_steps(const struct ip_training *how, uint64_t *steps);

/* What is known after an epoch. */
struct ip_epoch {
	uint64_t epoch, steps;		/* from 1 on; of all epochs */
	struct ip_loss_parts loss;	/* mean over its pictures */
	struct ip_loss_parts check;	/* mean over those checked, or NAN */
	double pearson;	/* mean over them, of those that have one; or NAN */
	double mae;	/* |error|, mean over them, in units of truth; or NAN */
	double rate, norm;	/* of its last step; mean, before clipping */
};

/* Where a run is. {0} is its beginning; only the library changes it. */
struct ip_run {
	uint64_t epoch;			/* under way, from 0 on */
	uint64_t batch, pictures;	/* done of it */
	struct ip_loss_parts sum;	/* over these pictures */
	double norm, rate;		/* sum over its steps; of the last */
	struct ip_epoch *row;		/* epochs that are complete */
	size_t rows;
	struct ip_bundle best;		/* weights after epoch best_epoch, */
	uint64_t best_epoch;		/* 0 if nothing was checked yet */
};
void ip_run_free(struct ip_run *run);		/* {0} is fine */
/* Whether all epochs are done, or the last so many were no better. */
int ip_run_finished(const struct ip_run *run, const struct ip_training *how);

/*
 * Called by ip_train; each may be NULL. A negative status ends the run with
 * it. save comes after epoch, and before what step asked for is done.
 */
struct ip_train_calls {
	void *ctx;
	/* After each step; > 0: save and end here. */
	int (*step)(void *ctx, const struct ip_run *run);
	/* After an epoch and its validation: the last row is new. */
	int (*epoch)(void *ctx, const struct ip_run *run);
	/* A checkpoint is due. */
	int (*save)(void *ctx, const struct ip_run *run);
};
/*
 * Go on from run to the end of how->epochs, to the last of patience, or to
 * where a step asks. IP_ENUMBER: a number that is not finite; the message has
 * the epoch, the step, where it arose and the files of the pictures, and
 * nothing is saved any more. IP_EFORMAT if run is not of such data.
 */
int ip_train(struct ip_trainer *t, const struct ip_training *how,
	struct ip_run *run, const struct ip_train_calls *calls);

/* Weights, new: after the best epoch, or now if none was checked. */
int ip_run_weights(const struct ip_run *run, struct ip_trainer *t,
	int averaged, struct ip_bundle *b);

/*
 * Picture i as it is checked, and what the network answers: x (1, inputs, h,
 * w), target and y (1, 1, h, w), new.
 */
struct ip_checked {
	struct ip_tensor x, target, y;
};
int ip_check_picture(struct ip_trainer *t, const struct ip_training *how,
	const struct ip_dataset *set, size_t i, struct ip_checked *c);
void ip_checked_free(struct ip_checked *c);	/* {0} is fine */

/*
 * All of a run in one file, an .ipt with what ip_trainer_save gives and
 * "best/NAME", "log", and attributes. same: what a later session must have
 * equal; about: any others. The same state gives the same bytes.
 */
int ip_checkpoint_save(const char *path, struct ip_trainer *t,
	const struct ip_run *run, const struct ip_attrs *same,
	const struct ip_attrs *about);
/*
 * run must be {0} and stays so on failure, t is then of no use. IP_EINVAL,
 * naming it, if one of same is another; IP_EFORMAT if the file is no
 * checkpoint, or of another network.
 */
int ip_checkpoint_load(const char *path, struct ip_trainer *t,
	struct ip_run *run, const struct ip_attrs *same);

#ifdef __cplusplus
}
#endif
#endif
