/* What a trainer knows, out of the device and into it again. */
#include <string.h>
#include "core/core.h"
#include "run.h"
#include "trainer.h"

/* Weights, or what is like them, and their names. */
struct kind {
	const char *prefix;
	const struct ip_buf *all;
};
enum { KINDS = 4 };

/* Those that t has; returns how many. */
static size_t kinds(const struct ip_trainer *t, struct kind *k)
{
	k[0] = (struct kind){ IP_TRAINER_WEIGHTS, &t->net->weights };
	k[1] = (struct kind){ "moment1/", &t->moment1 };
	k[2] = (struct kind){ "moment2/", &t->moment2 };
	k[3] = (struct kind){ "averaged/", &t->averaged };
	return t->averaged.handle ? KINDS : KINDS - 1;
}

/* A list of t's weights in another place of the device than its own. */
static int list_in(const struct ip_trainer *t, const struct ip_buf *all,
	struct ip_swin_unetr *u, struct ip_weights **ws)
{
	int rc = ip_net_list(&t->net->u.shape, u, ws);

	if (rc == 0)
		ip_weights_place(*ws, all);
	return rc;
}

static int get(struct ip_trainer *t, const struct kind *k, struct ip_bundle *b)
{
	struct ip_swin_unetr u;
	struct ip_weights *ws;
	int rc = list_in(t, k->all, &u, &ws);

	if (rc < 0)
		return rc;
	rc = ip_weights_get(ws, t->net->nn.dev, k->prefix, b);
	ip_free(ws);
	return rc;
}

int ip_trainer_get(struct ip_trainer *t, enum ip_trained what,
	struct ip_bundle *b)
{
	const struct ip_buf *all[] = {
		[IP_TRAINED_WEIGHTS] = &t->net->weights,
		[IP_TRAINED_AVERAGED] = &t->averaged,
		[IP_TRAINED_GRADIENTS] = &t->gradients,
	};
	struct kind k = { "", all[what] };
	int rc;

	if (!k.all->handle)
		return ip_fail(IP_EINVAL, "no averaged weights were kept");
	rc = get(t, &k, b);
	if (rc < 0)
		ip_bundle_free(b);
	return rc;
}

int ip_trainer_save(struct ip_trainer *t, struct ip_bundle *b)
{
	struct kind k[KINDS];
	int64_t steps = (int64_t)t->steps;
	size_t i, n = kinds(t, k);
	int rc = ip_attrs_i64(&b->attrs, "step", &steps, 1);

	for (i = 0; rc == 0 && i < n; i++)
		rc = get(t, &k[i], b);
	if (rc < 0)
		ip_bundle_free(b);
	return rc;
}

/* ---- and back ---- */

/* Those of b whose names begin so, without that; names and data stay b's. */
static int part(const struct ip_bundle *b, const char *prefix,
	struct ip_bundle *out)
{
	size_t i, n = strlen(prefix);

	memset(out, 0, sizeof(*out));
	out->items = ip_alloc_array(b->count, sizeof(*out->items));
	if (!out->items)
		return IP_ENOMEM;
	for (i = 0; i < b->count; i++)
		if (!strncmp(b->items[i].name, prefix, n)) {
			out->items[out->count] = b->items[i];
			out->items[out->count++].name += n;
		}
	return IP_OK;
}

/* put 0: only look whether it could be done. */
static int restore(struct ip_trainer *t, const struct kind *k,
	const struct ip_bundle *b, int put)
{
	struct ip_swin_unetr u;
	struct ip_weights *ws;
	struct ip_bundle own;
	int rc = list_in(t, k->all, &u, &ws);

	if (rc < 0)
		return rc;
	rc = part(b, k->prefix, &own);
	if (rc == 0)
		rc = put ? ip_weights_put(ws, t->net->nn.dev, &own, 0) :
			ip_weights_check(ws, &own);
	ip_free(own.items);
	ip_free(ws);
	return rc;
}

int ip_trainer_restore(struct ip_trainer *t, const struct ip_bundle *b)
{
	const struct ip_attr *step = ip_attrs_find(&b->attrs, "step");
	struct kind k[KINDS];
	size_t i, n = kinds(t, k);
	int rc = IP_OK, put;

	if (!step || step->type != IP_ATTR_I64 || step->count != 1 ||
		step->v.i64[0] < 0)
		return ip_fail(IP_EFORMAT, "a trainer's state: expected the "
			"number 'step', 0 or more");
	for (put = 0; put < 2; put++)
		for (i = 0; rc == 0 && i < n; i++)
			rc = restore(t, &k[i], b, put);
	if (rc < 0)
		return rc;
	t->steps = (uint64_t)step->v.i64[0];
	t->spoiled = 0;
	return t->net->nn.ops->fill(t->net->nn.dev, &t->gradients,
		ip_trainer_count(t), 0);
}

/* ---- averaged weights at work ---- */

int ip_trainer_run(struct ip_trainer *t, int averaged,
	const struct ip_tensor *x, struct ip_tensor *y)
{
	int rc;

	if (!averaged)
		return ip_net_run(t->net, x, y);
	if (!t->averaged.handle)
		return ip_fail(IP_EINVAL, "no averaged weights were kept");
	ip_weights_place(t->list, &t->averaged);
	rc = ip_net_run(t->net, x, y);
	ip_weights_place(t->list, &t->net->weights);
	return rc;
}
