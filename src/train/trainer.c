/* A network that learns: its gradients, and steps of AdamW. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "trainer.h"

size_t ip_trainer_count(const struct ip_trainer *t)
{
	return t->net->weights.size / sizeof(ip_real);
}

static const struct ip_backend *backend(const struct ip_trainer *t)
{
	return ip_dev_backend(t->net->nn.dev);
}

/* ---- opened and closed ---- */

static int within(double v, double least, double end)
{
	return v >= least && v < end;
}

static int check(const struct ip_learning *how)
{
	const struct ip_loss *l = &how->loss;

	if (!within(l->pixel, 0, INFINITY) || !within(l->fourier, 0, INFINITY) ||
		!within(l->gradient, 0, INFINITY) ||
		!(l->pixel + l->fourier + l->gradient > 0))
		return ip_fail(IP_EINVAL, "weights of the loss's parts: %g, %g, "
			"%g, expected numbers from 0 on, and not all 0",
			l->pixel, l->fourier, l->gradient);
	if (!within(how->beta1, 0, 1) || !within(how->beta2, 0, 1) ||
		!within(how->average, 0, 1))
		return ip_fail(IP_EINVAL, "what is kept each step of moments "
			"and averages: %g, %g, %g, expected 0 to below 1",
			how->beta1, how->beta2, how->average);
	if (!within(how->eps, 0, INFINITY) ||
		!within(how->decay, 0, INFINITY) ||
		!within(how->clip, 0, INFINITY))
		return ip_fail(IP_EINVAL, "AdamW's epsilon %g, decay %g, "
			"greatest norm %g: expected numbers from 0 on",
			how->eps, how->decay, how->clip);
	return IP_OK;
}

static int zeros(struct ip_trainer *t, struct ip_buf *buf)
{
	int rc = backend(t)->alloc(t->net->nn.dev, buf, t->net->weights.size);

	return rc < 0 ? rc : backend(t)->ops->fill(t->net->nn.dev, buf,
		ip_trainer_count(t), 0);
}

static int begin(struct ip_trainer *t)
{
	struct ip_nn *nn = &t->net->nn;
	int rc;

	if ((rc = ip_nn_can_train(nn)) < 0 ||
		(rc = zeros(t, &t->gradients)) < 0 ||
		(rc = zeros(t, &t->moment1)) < 0 ||
		(rc = zeros(t, &t->moment2)) < 0 ||
		(rc = backend(t)->alloc(nn->dev, &t->sum, 64)) < 0)
		return rc;
	if ((rc = ip_net_list(&t->net->u.shape, &t->net->u, &t->list)) < 0)
		return rc;
	ip_weights_place(t->list, &t->net->weights);
	nn->weights = t->net->weights;
	nn->gradients = t->gradients;
	if (t->how.average == 0)
		return IP_OK;
	if ((rc = zeros(t, &t->averaged)) < 0)
		return rc;
	return backend(t)->ops->blend(nn->dev, &t->averaged, &t->net->weights,
		ip_trainer_count(t), 1);
}

int ip_trainer_open(struct ip_trainer **trainer, struct ip_dev *dev,
	const struct ip_net_shape *s, struct ip_bundle *weights,
	const struct ip_learning *how)
{
	struct ip_trainer *t;
	int rc;

	*trainer = NULL;
	if ((rc = check(how)) < 0) {
		ip_bundle_free(weights);
		return rc;
	}
	if ((t = ip_alloc(sizeof(*t))) == NULL) {
		ip_bundle_free(weights);
		return IP_ENOMEM;
	}
	t->how = *how;
	rc = ip_net_open(&t->net, dev, s, weights);
	if (rc == 0)
		rc = begin(t);
	if (rc == 0)
		*trainer = t;
	else
		ip_trainer_close(t);
	return rc;
}

static void free_buffers(struct ip_trainer *t)
{
	struct ip_buf *all[] = { &t->gradients, &t->moment1, &t->moment2,
		&t->averaged, &t->sum };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i]->handle)
			backend(t)->free(t->net->nn.dev, all[i]);
}

void ip_trainer_close(struct ip_trainer *t)
{
	if (!t)
		return;
	if (t->net)
		free_buffers(t);
	ip_net_close(t->net);
	ip_free(t->list);
	ip_free(t);
}

void ip_trainer_moved(const struct ip_trainer *t, uint64_t moved[2])
{
	ip_dev_moved(t->net->nn.dev, moved);
}

uint64_t ip_trainer_steps(const struct ip_trainer *t)
{
	return t->steps;
}

/* ---- the loss ---- */

/* Parts on the device, each where a buffer may begin. */
struct parts {
	struct ip_buf space, fourier;
};

static int take_parts(struct ip_nn *nn, struct parts *p)
{
	int rc = ip_nn_numbers(nn, &p->space, 2);

	return rc < 0 ? rc : ip_nn_numbers(nn, &p->fourier, 1);
}

/* dy <- share times the gradient of the loss of y */
static int measure(struct ip_trainer *t, struct parts *p, struct ip_value *dy,
	const struct ip_value *y, const struct ip_value *target, double share)
{
	const struct ip_loss *l = &t->how.loss;
	const double weight[2] = { share * l->pixel, share * l->gradient };
	struct ip_nn *nn = &t->net->nn;
	int rc;

	if (ip_nn_measuring(nn))
		return IP_OK;
	rc = nn->ops->loss_space(nn->dev, &p->space, &dy->buf, &y->buf,
		&target->buf, &y->map, weight);
	return rc < 0 ? rc : nn->ops->loss_fourier(nn->dev, &p->fourier,
		&dy->buf, &y->buf, &target->buf, &y->map, l->orthonormal,
		share * l->fourier);
}

static int tell(struct ip_trainer *t, const struct parts *p,
	struct ip_loss_parts *loss)
{
	const struct ip_loss *l = &t->how.loss;
	struct ip_dev *dev = t->net->nn.dev;
	ip_real v[3];
	int rc = backend(t)->get(dev, &p->space, 0, v, 2 * sizeof(*v));

	if (rc == 0)
		rc = backend(t)->get(dev, &p->fourier, 0, v + 2, sizeof(*v));
	if (rc < 0)
		return rc;
	loss->pixel = (double)v[0];
	loss->gradient = (double)v[1];
	loss->fourier = (double)v[2];
	loss->total = l->pixel * loss->pixel + l->fourier * loss->fourier +
		l->gradient * loss->gradient;
	return IP_OK;
}

static int put(struct ip_trainer *t, struct ip_value *v, const void *from)
{
	return backend(t)->put(t->net->nn.dev, &v->buf, 0, from, v->buf.size);
}

/* All of a call in a room of so many bytes; with room 0 it is only measured. */
static int loss_pass(struct ip_trainer *t, size_t room, const struct ip_map *m,
	const void *from, const void *target, struct ip_loss_parts *loss)
{
	struct ip_nn *nn = &t->net->nn;
	struct ip_value y, want, dy;
	struct parts parts;
	int rc;

	if ((rc = ip_nn_begin(nn, room)) < 0 ||
		(rc = ip_nn_map(nn, &y, m)) < 0 ||
		(rc = ip_nn_map(nn, &want, m)) < 0 ||
		(rc = ip_nn_map(nn, &dy, m)) < 0 ||
		(rc = take_parts(nn, &parts)) < 0 || !room)
		return rc;
	if ((rc = put(t, &y, from)) < 0 || (rc = put(t, &want, target)) < 0 ||
		(rc = measure(t, &parts, &dy, &y, &want, 1)) < 0)
		return rc;
	return tell(t, &parts, loss);
}

int ip_trainer_loss(struct ip_trainer *t, const struct ip_tensor *y,
	const struct ip_tensor *target, struct ip_loss_parts *loss)
{
	struct ip_tensor a = { 0 }, b = { 0 };
	struct ip_map m;
	int rc;

	if ((rc = ip_net_check_pictures(y)) < 0 ||
		(rc = ip_net_check_pictures(target)) < 0)
		return rc;
	if (memcmp(y->shape, target->shape, 4 * sizeof(*y->shape)))
		return ip_fail(IP_EINVAL, "a prediction and its target must "
			"be of one size");
	if ((rc = ip_net_to_map(&a, y)) < 0)
		return rc;
	rc = ip_net_to_map(&b, target);
	m = ip_net_map(&a);
	if (rc == 0)
		rc = loss_pass(t, 0, &m, NULL, NULL, loss);
	if (rc == 0)
		rc = loss_pass(t, t->net->nn.arena.peak, &m, a.data, b.data,
			loss);
	ip_tensor_free(&b);
	ip_tensor_free(&a);
	return rc;
}

/* ---- gradients ---- */

/* What a call of ip_trainer_learn brings to the device and back. */
struct lesson {
	struct ip_map map;
	const void *x, *target;
	double share;
	struct ip_loss_parts *loss;
	void *dx;			/* or NULL */
};

/* All of it in a room of so many bytes; with room 0 it is only measured. */
static int learn_pass(struct ip_trainer *t, size_t room, const struct lesson *l)
{
	struct ip_map out = ip_map_channels(&l->map, t->net->u.shape.out);
	struct ip_nn *nn = &t->net->nn;
	struct ip_swin_unetr_kept kept;
	struct ip_value x, y, want, dy, dx;
	struct parts parts;
	int rc;

	if ((rc = ip_nn_begin(nn, room)) < 0 ||
		(rc = ip_nn_map(nn, &x, &l->map)) < 0 ||
		(rc = ip_nn_map(nn, &y, &out)) < 0 ||
		(rc = ip_nn_map(nn, &want, &out)) < 0 ||
		(rc = ip_nn_map(nn, &dy, &out)) < 0 ||
		(l->dx && (rc = ip_nn_map(nn, &dx, &l->map)) < 0) ||
		(rc = take_parts(nn, &parts)) < 0)
		return rc;
	if (room && ((rc = put(t, &x, l->x)) < 0 ||
		(rc = put(t, &want, l->target)) < 0))
		return rc;
	if ((rc = ip_swin_unetr_run(nn, &t->net->u, &y, &x,
			ip_net_flat(&t->net->u.shape, &l->map, l->x), NULL,
			&kept)) < 0 ||
		(rc = measure(t, &parts, &dy, &y, &want, l->share)) < 0 ||
		(rc = ip_swin_unetr_back(nn, &t->net->u, l->dx ? &dx : NULL,
			&dy, &kept)) < 0 || !room)
		return rc;
	if (l->dx && (rc = backend(t)->get(nn->dev, &dx.buf, 0, l->dx,
			dx.buf.size)) < 0)
		return rc;
	return tell(t, &parts, l->loss);
}

/* The room that it takes. */
static int learn_room(const struct ip_trainer *t, const struct lesson *l,
	size_t *room)
{
	struct ip_net net = *t->net;
	struct ip_trainer probe = *t;
	int rc;

	probe.net = &net;
	if ((rc = ip_net_check_size(l->map.b, l->map.h, l->map.w)) < 0 ||
		(rc = learn_pass(&probe, 0, l)) < 0)
		return rc;
	*room = net.nn.arena.peak;
	return IP_OK;
}

int ip_trainer_memory(const struct ip_trainer *t, size_t n, size_t h, size_t w,
	struct ip_net_memory *m)
{
	struct lesson l = { .map = { n, h, w, t->net->u.shape.in } };

	m->weights = (t->averaged.handle ? 5 : 4) * t->net->weights.size +
		t->sum.size;
	return learn_room(t, &l, &m->work);
}

int ip_trainer_learn(struct ip_trainer *t, const struct ip_tensor *x,
	const struct ip_tensor *target, double share,
	struct ip_loss_parts *loss, struct ip_tensor *dx)
{
	struct ip_tensor in = { 0 }, want = { 0 }, answer = { 0 };
	struct lesson l = { .share = share, .loss = loss };
	size_t room;
	int rc;

	if ((rc = ip_net_check_tensors(t->net, x, target)) < 0)
		return rc;
	if (dx && (dx->dtype != x->dtype || dx->ndim != 4 ||
		memcmp(dx->shape, x->shape, sizeof(*x->shape) * 4)))
		return ip_fail(IP_EINVAL, "the gradient by the input must be a "
			"tensor like it");
	if ((rc = ip_net_to_map(&in, x)) < 0)
		return rc;
	rc = ip_net_to_map(&want, target);
	if (rc == 0 && dx)
		rc = ip_net_to_map(&answer, dx);
	if (rc == 0) {
		l.map = ip_net_map(&in);
		l.x = in.data;
		l.target = want.data;
		l.dx = answer.data;
		rc = learn_room(t, &l, &room);
	}
	if (rc == 0)
		rc = learn_pass(t, room, &l);
	if (rc == 0 && !isfinite(loss->total))
		t->spoiled = 1;
	if (rc == 0 && dx)
		rc = ip_net_from_map(dx, &answer);
	ip_tensor_free(&answer);
	ip_tensor_free(&want);
	ip_tensor_free(&in);
	return rc;
}

/* ---- a step ---- */

static int norm_of(struct ip_trainer *t, double *norm)
{
	struct ip_dev *dev = t->net->nn.dev;
	ip_real sum;
	int rc;

	if ((rc = backend(t)->ops->sum_squares(dev, &t->sum, &t->gradients,
			ip_trainer_count(t))) < 0 ||
		(rc = backend(t)->get(dev, &t->sum, 0, &sum, sizeof(sum))) < 0)
		return rc;
	*norm = sqrt((double)sum);
	return IP_OK;
}

/* Clipped as PyTorch's clip_grad_norm_ does it. */
static int adamw(struct ip_trainer *t, double rate, double norm)
{
	double part = t->how.clip / (norm + 1e-6);
	struct ip_adamw a = { rate, t->how.beta1, t->how.beta2, t->how.eps,
		t->how.decay, t->how.clip > 0 && part < 1 ? part : 1,
		t->steps + 1 };

	return backend(t)->ops->adamw(t->net->nn.dev, &t->net->weights,
		&t->moment1, &t->moment2, &t->gradients, ip_trainer_count(t),
		&a);
}

int ip_trainer_step(struct ip_trainer *t, double rate, double *norm)
{
	const struct ip_ops *ops = backend(t)->ops;
	struct ip_dev *dev = t->net->nn.dev;
	double length;
	int rc;

	if (!within(rate, 0, INFINITY))
		return ip_fail(IP_EINVAL, "a rate of %g: expected 0 or more",
			rate);
	if ((rc = norm_of(t, &length)) < 0)
		return rc;
	if (norm)
		*norm = length;
	if (!isfinite(length) || t->spoiled)
		return ip_fail(IP_ENUMBER, "%s is not finite: no step was "
			"taken", t->spoiled ? "the loss" :
			"the gradients' norm");
	if ((rc = adamw(t, rate, length)) < 0)
		return rc;
	t->steps++;
	if (t->averaged.handle)
		rc = ops->blend(dev, &t->averaged, &t->net->weights,
			ip_trainer_count(t), 1 - t->how.average);
	return rc < 0 ? rc : ops->fill(dev, &t->gradients,
		ip_trainer_count(t), 0);
}
