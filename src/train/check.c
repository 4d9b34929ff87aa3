/* Validation: pictures that were not learned from. */
#include <math.h>
#include <string.h>
#include <iphase/metrics.h>
#include "core/core.h"
#include "run.h"

/* (n, h, w) becomes (1, n, h, w), in its own memory. */
static void one_of(struct ip_tensor *t)
{
	size_t shape[4] = { 1, t->shape[0], t->shape[1], t->shape[2] };
	struct ip_tensor all;

	ip_tensor_wrap(&all, t->dtype, 4, shape, t->data);
	all.owner = t->owner;
	*t = all;
}

int ip_check_picture(struct ip_trainer *t, const struct ip_training *how,
	const struct ip_dataset *set, size_t i, struct ip_checked *c)
{
	struct ip_feeding plain = how->feeding;
	int rc;

	plain.change.turns = plain.change.mirrors = plain.change.shifts = 0;
	plain.change.reference = 0;
	plain.change.ramps = plain.change.empty = 0;
	memset(c, 0, sizeof(*c));
	rc = ip_dataset_example(set, i, 0, &plain, &c->x, &c->target);
	if (rc < 0)
		return rc;
	one_of(&c->x);
	one_of(&c->target);
	rc = ip_tensor_new(&c->y, c->target.dtype, 4, c->target.shape);
	if (rc == 0)
		rc = ip_trainer_run(t, how->averaged, &c->x, &c->y);
	if (rc < 0)
		ip_checked_free(c);
	return rc;
}

void ip_checked_free(struct ip_checked *c)
{
	ip_tensor_free(&c->x);
	ip_tensor_free(&c->target);
	ip_tensor_free(&c->y);
}

/* The one picture of (1, 1, h, w). */
static struct ip_tensor plane(const struct ip_tensor *t)
{
	struct ip_tensor p;

	ip_tensor_wrap(&p, t->dtype, 2, t->shape + 2, t->data);
	return p;
}

/* Sums over pictures; not every picture has a Pearson. */
struct sums {
	struct ip_loss_parts loss;
	double pearson;
	size_t correlated;
};

static int check_one(struct ip_trainer *t, const struct ip_training *how,
	size_t i, struct sums *s)
{
	struct ip_loss_parts loss;
	struct ip_tensor y, truth;
	struct ip_metrics m;
	struct ip_checked c;
	int rc = ip_check_picture(t, how, how->check.set, i, &c);

	if (rc < 0)
		return rc;
	rc = ip_trainer_loss(t, &c.y, &c.target, &loss);
	if (rc == IP_ENUMBER || (rc == 0 && !isfinite(loss.total)))
		rc = ip_fail(IP_ENUMBER, "validation: the answer to %s is not"
			" finite", ip_dataset_path(how->check.set, i));
	y = plane(&c.y);
	truth = plane(&c.target);
	if (rc == 0)
		rc = ip_metrics(&y, &truth, &m);
	if (rc == 0) {
		ip_loss_add(&s->loss, 1, &loss);
		s->pearson += isnan(m.pearson) ? 0 : m.pearson;
		s->correlated += !isnan(m.pearson);
	}
	ip_checked_free(&c);
	return rc;
}

int ip_train_check(struct ip_trainer *t, const struct ip_training *how,
	struct ip_epoch *row)
{
	const struct ip_pictures *p = &how->check;
	struct sums s = { { 0 }, 0, 0 };
	size_t i;
	int rc = 0;

	row->check = (struct ip_loss_parts){ NAN, NAN, NAN, NAN };
	row->pearson = row->mae = NAN;
	for (i = 0; rc == 0 && i < p->count; i++)
		rc = check_one(t, how, p->list[i], &s);
	if (rc < 0 || p->count == 0)
		return rc;
	row->check = (struct ip_loss_parts){ 0 };
	ip_loss_add(&row->check, 1 / (double)p->count, &s.loss);
	if (s.correlated)
		row->pearson = s.pearson / (double)s.correlated;
	row->mae = row->check.pixel * how->feeding.scale;
	return IP_OK;
}
