/* A network on a device: opened, measured, run, watched. */
#include <string.h>
#include "core/core.h"
#include "net.h"

static const char *const architectures[] = {
	[IP_SWIN_UNETR] = "swin_unetr", [IP_MODULATED] = "modulated"
};

const char *ip_architecture_name(enum ip_architecture a)
{
	return architectures[a];
}

int ip_architecture_parse(const char *name, enum ip_architecture *a)
{
	size_t i;

	for (i = 0; i < sizeof(architectures) / sizeof(*architectures); i++)
		if (strcmp(name, architectures[i]) == 0) {
			*a = (enum ip_architecture)i;
			return IP_OK;
		}
	return ip_fail(IP_ENOTFOUND, "architecture '%s': expected swin_unetr "
		"or modulated", name);
}

/* ---- weights ---- */

static int shape_check(const struct ip_net_shape *s)
{
	if (s->architecture == IP_MODULATED && s->in <= IP_NET_SEGMENTS)
		return ip_fail(IP_EINVAL, "a modulated network of %zu inputs: "
			"expected metadata behind %d segments", s->in,
			IP_NET_SEGMENTS);
	if (!s->in || !s->out || !s->features || s->features % 12 ||
		s->features > 1200 || s->in > 4096 || s->out > 4096)
		return ip_fail(IP_EINVAL, "a network of %zu inputs, %zu "
			"outputs, feature size %zu: expected 1 to 4096, 1 to "
			"4096, and a multiple of 12 up to 1200", s->in, s->out,
			s->features);
	return IP_OK;
}

int ip_net_list(const struct ip_net_shape *s, struct ip_swin_unetr *u,
	struct ip_weights **ws)
{
	int rc = shape_check(s);

	if (rc < 0)
		return rc;
	if ((*ws = ip_alloc(sizeof(**ws))) == NULL)
		return IP_ENOMEM;
	u->shape = *s;
	ip_swin_unetr_weights(u, *ws);
	return IP_OK;
}

int ip_net_weight(const struct ip_net_shape *s, size_t i,
	struct ip_net_weight *w)
{
	struct ip_swin_unetr u;
	struct ip_weights *ws;
	int rc = ip_net_list(s, &u, &ws);

	if (rc < 0)
		return rc;
	if (i < ws->count)
		*w = ws->item[i].is;
	else
		rc = IP_ENOTFOUND;
	ip_free(ws);
	return rc;
}

static int check(const struct ip_net_shape *s, const struct ip_bundle *b)
{
	struct ip_swin_unetr u;
	struct ip_weights *ws;
	int rc = ip_net_list(s, &u, &ws);

	if (rc < 0)
		return rc;
	rc = ip_weights_check(ws, b);
	ip_free(ws);
	return rc;
}

int ip_net_shape_of(const struct ip_bundle *weights, struct ip_net_shape *s)
{
	static const char first[] = "swinViT.patch_embed.proj.weight";
	static const char last[] = "out.conv.conv.weight";
	static const char modulated[] =
		"encoder1.layer.modulation1.scale.weight";
	const struct ip_item *a = ip_bundle_find(weights, first);
	const struct ip_item *b = ip_bundle_find(weights, last);

	if (!a || a->tensor.ndim != 4 || !b || b->tensor.ndim != 4)
		return ip_fail(IP_EFORMAT, "these are not the weights of a "
			"SwinUNETR in two dimensions: expected '%s' and '%s' "
			"of four axes", first, last);
	s->architecture = ip_bundle_find(weights, modulated) ? IP_MODULATED :
		IP_SWIN_UNETR;
	s->features = a->tensor.shape[0];
	s->in = a->tensor.shape[1];
	s->out = b->tensor.shape[0];
	return check(s, weights) < 0 ? IP_EFORMAT : IP_OK;
}

int ip_net_open(struct ip_net **net, struct ip_dev *dev,
	const struct ip_net_shape *s, struct ip_bundle *weights)
{
	struct ip_weights *ws = NULL;
	struct ip_net *n = ip_alloc(sizeof(*n));
	int rc = n ? ip_nn_open(&n->nn, dev) : IP_ENOMEM;

	*net = NULL;
	if (rc == 0)
		rc = ip_net_list(s, &n->u, &ws);
	if (rc == 0)
		rc = ip_weights_check(ws, weights);
	if (rc == 0)
		rc = ip_dev_backend(dev)->alloc(dev, &n->weights,
			ip_weights_size(ws));
	if (rc == 0) {
		ip_weights_place(ws, &n->weights);
		rc = ip_weights_put(ws, dev, weights, 1);
	}
	ip_free(ws);
	ip_bundle_free(weights);
	if (rc == 0)
		*net = n;
	else
		ip_net_close(n);
	return rc;
}

void ip_net_close(struct ip_net *net)
{
	if (!net)
		return;
	if (net->weights.handle)
		ip_dev_backend(net->nn.dev)->free(net->nn.dev, &net->weights);
	ip_nn_close(&net->nn);
	ip_free(net);
}

struct ip_net_shape ip_net_shape(const struct ip_net *net)
{
	return net->u.shape;
}

/* ---- a run ---- */

int ip_net_check_size(size_t n, size_t h, size_t w)
{
	if (!n || !h || !w || h % IP_NET_STEP || w % IP_NET_STEP ||
		(h == IP_NET_STEP && w == IP_NET_STEP))
		return ip_fail(IP_EINVAL, "%zu pictures of %zu x %zu pixels: "
			"a network takes multiples of %d, and more than %d x "
			"%d", n, h, w, IP_NET_STEP, IP_NET_STEP, IP_NET_STEP);
	return IP_OK;
}

/* Input and output maps, and all between; only measured if size is 0. */
static int pass(struct ip_net *net, size_t size, const struct ip_map *in,
	const void *from, void *to)
{
	struct ip_map out = ip_map_channels(in, net->u.shape.out);
	const struct ip_backend *be = ip_dev_backend(net->nn.dev);
	struct ip_value x, y;
	int rc;

	if ((rc = ip_nn_begin(&net->nn, size)) < 0 ||
		(rc = ip_nn_map(&net->nn, &y, &out)) < 0 ||
		(rc = ip_nn_map(&net->nn, &x, in)) < 0)
		return rc;
	if (from)
		rc = be->put(net->nn.dev, &x.buf, 0, from, x.buf.size);
	if (rc == 0)
		rc = ip_swin_unetr_run(&net->nn, &net->u, &y, &x,
			ip_net_flat(&net->u.shape, in, from),
			net->watch ? &net->watcher : NULL, NULL);
	if (rc == 0 && to)
		rc = be->get(net->nn.dev, &y.buf, 0, to, y.buf.size);
	return rc;
}

int ip_net_memory(const struct ip_net *net, size_t n, size_t h, size_t w,
	struct ip_net_memory *m)
{
	struct ip_map in = { n, h, w, net->u.shape.in };
	struct ip_net probe = *net;
	int rc;

	if ((rc = ip_net_check_size(n, h, w)) < 0 ||
		(rc = pass(&probe, 0, &in, NULL, NULL)) < 0)
		return rc;
	m->weights = net->weights.size;
	m->work = probe.nn.arena.peak;
	return IP_OK;
}

int ip_net_check_pictures(const struct ip_tensor *x)
{
	if (x->ndim != 4 || x->dtype != IP_REAL_DTYPE ||
		!ip_tensor_contiguous(x))
		return ip_fail(IP_EINVAL, "a network's pictures must be "
			"contiguous %s of (pictures, channels, rows, columns)",
			ip_dtype_name(IP_REAL_DTYPE));
	return IP_OK;
}

int ip_net_check_tensors(const struct ip_net *net, const struct ip_tensor *x,
	const struct ip_tensor *y)
{
	size_t c = net->u.shape.in;
	int rc;

	if ((rc = ip_net_check_pictures(x)) < 0 ||
		(rc = ip_net_check_pictures(y)) < 0)
		return rc;
	if (x->shape[1] != c)
		return ip_fail(IP_EINVAL, "pictures of %zu channels: this "
			"network takes %zu", x->shape[1], c);
	if (y->shape[0] != x->shape[0] || y->shape[1] != net->u.shape.out ||
		y->shape[2] != x->shape[2] || y->shape[3] != x->shape[3])
		return ip_fail(IP_EINVAL, "a network's output must have the "
			"input's size and %zu channels", net->u.shape.out);
	return ip_tensor_check_finite(x, "the network's input");
}

/* Channels last, and first again. */
static const int to_map[4] = { 0, 2, 3, 1 }, to_planes[4] = { 0, 3, 1, 2 };

int ip_net_to_map(struct ip_tensor *map, const struct ip_tensor *x)
{
	struct ip_tensor view;
	int rc = ip_tensor_permute(&view, x, to_map);

	return rc < 0 ? rc : ip_tensor_convert(map, x->dtype, &view);
}

int ip_net_from_map(struct ip_tensor *y, const struct ip_tensor *map)
{
	struct ip_tensor view;
	int rc = ip_tensor_permute(&view, map, to_planes);

	return rc < 0 ? rc : ip_tensor_copy(y, &view);
}

struct ip_map ip_net_map(const struct ip_tensor *map)
{
	struct ip_map m = { map->shape[0], map->shape[1], map->shape[2],
		map->shape[3] };

	return m;
}

int ip_net_flat(const struct ip_net_shape *s, const struct ip_map *m,
	const void *from)
{
	const ip_real *first = from, *v;
	size_t b, i, k;

	if (s->architecture != IP_MODULATED || !from)
		return 0;
	for (b = 0; b < m->b; b++, first += m->h * m->w * m->c)
		for (v = first, i = 0; i < m->h * m->w; i++, v += m->c)
			for (k = IP_NET_SEGMENTS; k < m->c; k++)
				if (v[k] != first[k])
					return 0;
	return 1;
}

int ip_net_run(struct ip_net *net, const struct ip_tensor *x,
	struct ip_tensor *y)
{
	struct ip_tensor in = { 0 }, out = { 0 };
	struct ip_net_memory m;
	struct ip_map map;
	int rc;

	if ((rc = ip_net_check_tensors(net, x, y)) < 0 ||
		(rc = ip_net_memory(net, x->shape[0], x->shape[2],
			x->shape[3], &m)) < 0 ||
		(rc = ip_net_to_map(&in, x)) < 0)
		return rc;
	map = ip_net_map(&in);
	in.shape[3] = net->u.shape.out;
	rc = ip_tensor_new(&out, y->dtype, 4, in.shape);
	if (rc == 0)
		rc = pass(net, m.work, &map, in.data, out.data);
	if (rc == 0)
		rc = ip_net_from_map(y, &out);
	ip_tensor_free(&out);
	ip_tensor_free(&in);
	return rc;
}

/* ---- watching ---- */

/* v's channels as a tensor (n, c, h, w) for the user's function. */
static int told(struct ip_watcher *w, const char *stage,
	const struct ip_value *v, size_t first, size_t channels)
{
	struct ip_net *net = (struct ip_net *)((char *)w -
		offsetof(struct ip_net, watcher));
	size_t shape[4] = { v->map.b, v->map.h, v->map.w, v->map.c };
	struct ip_tensor all = { 0 }, part, planes;
	int rc = ip_tensor_new(&all, IP_REAL_DTYPE, 4, shape);

	if (rc == 0)
		rc = ip_dev_backend(net->nn.dev)->get(net->nn.dev, &v->buf, 0,
			all.data, v->buf.size);
	if (rc == 0)
		rc = ip_tensor_slice(&part, &all, 3, first, channels);
	if (rc == 0)
		rc = ip_tensor_permute(&planes, &part, to_planes);
	if (rc == 0)
		rc = net->watch(net->ctx, stage, &planes);
	ip_tensor_free(&all);
	return rc;
}

void ip_net_watch(struct ip_net *net,
	int (*fn)(void *ctx, const char *stage, const struct ip_tensor *map),
	void *ctx)
{
	net->watcher.fn = told;
	net->watch = fn;
	net->ctx = ctx;
}
