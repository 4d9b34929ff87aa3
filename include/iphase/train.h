/*
 * Training a network: its first weights, the loss, AdamW, and how the rate of
 * learning goes. One step is
 *
 *	ip_trainer_learn	for each part of a batch
 *	ip_trainer_step		with the rate of that step
 */
#ifndef IPHASE_TRAIN_H
#define IPHASE_TRAIN_H

#include <iphase/network.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * First weights of a network of shape s, as MONAI and PyTorch draw them:
 * uniform within 1 / sqrt(inputs of a number) for weights and biases, tables
 * of attention normal with a deviation of 0.02, norms 1 and 0; a modulated
 * network's scales and shifts 0. The same seed gives the same weights.
 */
int ip_net_init(struct ip_bundle *weights, const struct ip_net_shape *s,
	uint64_t seed);

/* ---- a network that learns ---- */

struct ip_learning {
	struct ip_loss loss;		/* IP_LOSS_REFERENCE */
	double beta1, beta2, eps;	/* of AdamW: 0.9, 0.999, 1e-8 */
	double decay;			/* of weights: 1e-5 */
	double clip;			/* gradients' greatest norm; 0: any */
	double average;			/* of averaged weights: what is kept of
					 * them each step, 0.999; 0: none */
};
#define IP_LEARNING_REFERENCE { IP_LOSS_REFERENCE, 0.9, 0.999, 1e-8, 1e-5, 1, \
	0 }

struct ip_trainer;		/* for one call at a time */

/*
 * As ip_net_open; how is copied. Averaged weights begin as the weights.
 */
int ip_trainer_open(struct ip_trainer **t, struct ip_dev *dev,
	const struct ip_net_shape *s, struct ip_bundle *weights,
	const struct ip_learning *how);
void ip_trainer_close(struct ip_trainer *t);	/* NULL is fine */

/*
 * Device memory: weights with their gradients, moments and averages, and what
 * a call for n pictures of h x w takes beside them.
 */
int ip_trainer_memory(const struct ip_trainer *t, size_t n, size_t h, size_t w,
	struct ip_net_memory *m);

/* A loss and its parts, unweighted. */
struct ip_loss_parts {
	double total, pixel, fourier, gradient;
};

/*
 * Add share times the gradient of the loss of pictures x (n, in, h, w) against
 * target (n, out, h, w) to what will be the next step's. Both are float32
 * (float64 in the double test build) and contiguous; sizes as for ip_net_run.
 * Parts of a batch of N pictures get the share n / N. dx, unless NULL, a
 * tensor like x, gets share times the gradient by x itself: what the loss
 * answers to, but by way of a modulated network's scales and shifts. After a
 * failure the gradients are not known: only ip_trainer_restore leads on from
 * there.
 */
int ip_trainer_learn(struct ip_trainer *t, const struct ip_tensor *x,
	const struct ip_tensor *target, double share,
	struct ip_loss_parts *loss, struct ip_tensor *dx);
/*
 * Clip the gradients, one step of AdamW, average, forget the gradients. norm,
 * unless NULL, gets their norm before it was clipped. IP_ENUMBER, with nothing
 * changed, if that or a loss since the last step is not finite; only
 * ip_trainer_restore leads on from there.
 */
int ip_trainer_step(struct ip_trainer *t, double rate, double *norm);

/* y = the network of x, as ip_net_run, by weights or averaged ones. */
int ip_trainer_run(struct ip_trainer *t, int averaged,
	const struct ip_tensor *x, struct ip_tensor *y);
/* The loss alone, of y against target, both (n, out, h, w). */
int ip_trainer_loss(struct ip_trainer *t, const struct ip_tensor *y,
	const struct ip_tensor *target, struct ip_loss_parts *loss);

/*
 * Where a number that is not finite arose: "the input", "the target",
 * "the weights 'NAME'", "the stage 'NAME'", "the loss", "the gradient of
 * 'NAME'"; or "nowhere". After a call of ip_trainer_learn with the same x and
 * target whose gradients have not been forgotten.
 */
int ip_trainer_blame(struct ip_trainer *t, const struct ip_tensor *x,
	const struct ip_tensor *target, char *where, size_t size);

/* Copies under the names of ip_net_weight, new: what a model file holds. */
enum ip_trained { IP_TRAINED_WEIGHTS, IP_TRAINED_AVERAGED,
	IP_TRAINED_GRADIENTS };
int ip_trainer_get(struct ip_trainer *t, enum ip_trained what,
	struct ip_bundle *b);
/*
 * All that a later session needs, between two steps: to b, which is empty, and
 * from it again, into a trainer of the same shape. Tensors "weights/NAME",
 * "moment1/NAME", "moment2/NAME", "averaged/NAME"; attribute "step".
 * IP_EFORMAT, naming it, at what is missing, of another shape, or not finite.
 */
int ip_trainer_save(struct ip_trainer *t, struct ip_bundle *b);
int ip_trainer_restore(struct ip_trainer *t, const struct ip_bundle *b);
uint64_t ip_trainer_steps(const struct ip_trainer *t);	/* that were taken */
/* As ip_dev_moved, of the device that it learns on. */
void ip_trainer_moved(const struct ip_trainer *t, uint64_t moved[2]);

/* ---- how the rate goes ---- */

/*
 * From 0 in a straight line to rate over warmup steps, then down half a wave
 * of a cosine to last times rate at the end of all steps; constant after the
 * warm-up if steps is 0.
 */
struct ip_schedule {
	double rate, last;
	uint64_t warmup, steps;
};
/* The rate of step, which counts from 1. */
double ip_schedule_rate(const struct ip_schedule *s, uint64_t step);

#ifdef __cplusplus
}
#endif
#endif
