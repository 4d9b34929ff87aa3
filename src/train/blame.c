/* Where a number that is not finite arose. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/core.h"
#include "trainer.h"

struct blame {
	char *where;
	size_t size;
	int found;
};

static void found(struct blame *b, const char *what, const char *name)
{
	b->found = 1;
	if (name)
		snprintf(b->where, b->size, "the %s '%s'", what, name);
	else
		snprintf(b->where, b->size, "the %s", what);
}

/* Looks at t unless something was found before. */
static int look(struct blame *b, const struct ip_tensor *t, const char *what,
	const char *name)
{
	struct ip_tensor d = { 0 };
	const double *v;
	size_t i, n = ip_tensor_count(t);
	int rc;

	if (b->found)
		return IP_OK;
	if ((rc = ip_tensor_convert(&d, IP_F64, t)) < 0)
		return rc;
	v = d.data;
	for (i = 0; i < n && !b->found; i++)
		if (!isfinite(v[i]))
			found(b, what, name);
	ip_tensor_free(&d);
	return IP_OK;
}

static int look_at_all(struct blame *b, struct ip_trainer *t,
	enum ip_trained which, const char *what)
{
	struct ip_bundle all = { 0 };
	size_t i;
	int rc = b->found ? IP_OK : ip_trainer_get(t, which, &all);

	/* the end of the network first: gradients come from there */
	for (i = all.count; rc == 0 && i-- > 0; )
		rc = look(b, &all.items[i].tensor, what, all.items[i].name);
	ip_bundle_free(&all);
	return rc;
}

static int stage(void *ctx, const char *name, const struct ip_tensor *map)
{
	return look(ctx, map, "stage", name);
}

/* Through the network again, stage by stage, and the loss. */
static int look_on_the_way(struct blame *b, struct ip_trainer *t,
	const struct ip_tensor *x, const struct ip_tensor *target)
{
	struct ip_net was = *t->net;
	struct ip_loss_parts loss;
	struct ip_tensor y = { 0 };
	int rc;

	if (b->found)
		return IP_OK;
	if ((rc = ip_tensor_new(&y, target->dtype, 4, target->shape)) < 0)
		return rc;
	ip_net_watch(t->net, stage, b);
	rc = ip_net_run(t->net, x, &y);
	ip_net_watch(t->net, was.watch, was.ctx);
	if (rc == 0 && !b->found)
		rc = ip_trainer_loss(t, &y, target, &loss);
	if (rc == 0 && !b->found && !isfinite(loss.total))
		found(b, "loss", NULL);
	ip_tensor_free(&y);
	return rc;
}

int ip_trainer_blame(struct ip_trainer *t, const struct ip_tensor *x,
	const struct ip_tensor *target, char *where, size_t size)
{
	struct blame b = { where, size, 0 };
	int rc;

	snprintf(where, size, "nowhere");
	if ((rc = look(&b, x, "input", NULL)) < 0 ||
		(rc = look(&b, target, "target", NULL)) < 0 ||
		(rc = look_at_all(&b, t, IP_TRAINED_WEIGHTS, "weights")) < 0 ||
		(rc = look_on_the_way(&b, t, x, target)) < 0)
		return rc;
	return look_at_all(&b, t, IP_TRAINED_GRADIENTS, "gradient of");
}
