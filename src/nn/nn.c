/* The stack of buffers that layers work in. */
#include <stdint.h>
#include "nn.h"

static const char *const needed[] = {
	"conv", "conv_transpose", "instance_norm", "modulate", "layer_norm",
	"linear", "attention", "merge", "shrink", NULL
};
static const char *const trained[] = {
	"conv_grad", "conv_transpose_grad", "instance_norm_grad",
	"modulate_grad", "layer_norm_grad", "linear_grad", "attention_grad",
	"merge_grad", "loss_space", "loss_fourier", "sum_squares", "adamw",
	"blend", "fill", NULL
};

static int need(const struct ip_dev *dev, const char *const *op)
{
	int rc;

	for (; *op; op++)
		if ((rc = ip_dev_need(dev, *op)) < 0)
			return rc;
	return IP_OK;
}

int ip_nn_can_train(const struct ip_nn *nn)
{
	return need(nn->dev, trained);
}

int ip_nn_open(struct ip_nn *nn, struct ip_dev *dev)
{
	int rc = need(dev, needed);

	if (rc < 0)
		return rc;
	nn->dev = dev;
	nn->ops = ip_dev_backend(dev)->ops;
	return IP_OK;
}

static void room_free(struct ip_nn *nn)
{
	if (nn->room.handle)
		ip_dev_backend(nn->dev)->free(nn->dev, &nn->room);
}

void ip_nn_close(struct ip_nn *nn)
{
	room_free(nn);
}

int ip_nn_begin(struct ip_nn *nn, size_t size)
{
	int rc = IP_OK;

	ip_arena_init(&nn->arena, NULL, size);
	if (size > nn->room.size) {
		room_free(nn);
		rc = ip_dev_backend(nn->dev)->alloc(nn->dev, &nn->room, size);
	}
	return rc;
}

int ip_nn_measuring(const struct ip_nn *nn)
{
	return nn->arena.size == 0;
}

int ip_nn_numbers(struct ip_nn *nn, struct ip_buf *buf, size_t count)
{
	size_t bytes, at = nn->arena.used;
	void *none;
	int rc;

	if (ip_mul_size(count, sizeof(ip_real), &bytes))
		return ip_fail(IP_ELIMIT, "a network's map of %zu numbers is "
			"more than can be addressed", count);
	if ((rc = ip_arena_take(&nn->arena, bytes, &none)) < 0)
		return rc;
	if (!ip_nn_measuring(nn) && nn->arena.used > nn->arena.size)
		return ip_fail(IP_ELIMIT, "a network takes more than the %zu "
			"bytes that were measured", nn->arena.size);
	*buf = nn->room;
	buf->offset += at;
	buf->size = bytes;
	return IP_OK;
}

int ip_nn_map(struct ip_nn *nn, struct ip_value *v, const struct ip_map *map)
{
	size_t n, m;

	v->map = *map;
	if (ip_mul_size(map->b, map->h, &n) || ip_mul_size(map->w, map->c, &m) ||
		ip_mul_size(n, m, &n))
		n = SIZE_MAX;
	return ip_nn_numbers(nn, &v->buf, n);
}

struct ip_buf ip_nn_gradient(const struct ip_nn *nn, const struct ip_buf *w)
{
	struct ip_buf g = nn->gradients;

	g.offset += w->offset - nn->weights.offset;
	g.size = w->size;
	return g;
}

size_t ip_nn_mark(const struct ip_nn *nn)
{
	return ip_arena_mark(&nn->arena);
}

void ip_nn_release(struct ip_nn *nn, size_t mark)
{
	ip_arena_release(&nn->arena, mark);
}

struct ip_map ip_map_channels(const struct ip_map *m, size_t c)
{
	struct ip_map out = *m;

	out.c = c;
	return out;
}

struct ip_map ip_map_shrink(const struct ip_map *m, size_t n, size_t c)
{
	struct ip_map out = { m->b, m->h / n, m->w / n, c };

	return out;
}
