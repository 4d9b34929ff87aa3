/* iphase-evaluate: the network of --model. */
#include <math.h>
#include <stdlib.h>
#include "evaluate.h"

struct ip_eval_network {
	struct ip_model model;
	struct ip_dev *dev;
	struct ip_net *net;
};

static int start(struct ip_eval_network *n, const char *path,
	const char *backend)
{
	int rc;

	rc = ip_model_load(path, &n->model);
	if (rc < 0)
		return rc;
	if (n->model.shape.out != 1)
		return ip_cli_error(IP_ENOTSUP, "%s: a network of %zu outputs;"
			" only one, the potential, can be evaluated", path,
			n->model.shape.out);
	rc = ip_dev_open(&n->dev, backend);
	return rc < 0 ? rc : ip_net_open(&n->net, n->dev, &n->model.shape,
		&n->model.weights);
}

int ip_eval_network_open(struct ip_eval_network **out, const char *path,
	const char *backend, double scale)
{
	struct ip_eval_network *n = calloc(1, sizeof *n);
	int rc;

	*out = NULL;
	if (!n)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	rc = start(n, path, backend);
	if (rc < 0) {
		ip_eval_network_close(n);
		return rc;
	}
	if (!isnan(scale))
		n->model.scale = scale;
	*out = n;
	return 0;
}

void ip_eval_network_close(struct ip_eval_network *n)
{
	if (!n)
		return;
	ip_net_close(n->net);
	ip_dev_close(n->dev);
	ip_model_free(&n->model);
	free(n);
}

const struct ip_model *ip_eval_network_model(const struct ip_eval_network *n)
{
	return &n->model;
}

int ip_eval_network_run(struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_eval_picture *p,
	int blind, struct ip_tensor *potential)
{
	struct ip_measurement in = p->in;
	struct ip_tensor zeros = { 0 };
	int rc = 0;

	if (!f->segments)
		return ip_cli_error(IP_ENOTFOUND, "%s: no segments in it for"
			" the network", f->path);
	if (!f->thickness || !f->euler)
		return ip_cli_error(IP_ENOTFOUND, "%s: no %s in it, which the"
			" network must know", f->path, f->thickness ?
			"Euler angles" : "thickness");
	if (blind)
		rc = ip_tensor_new(&zeros, IP_F32, in.segments.ndim,
			in.segments.shape);
	if (blind)
		in.segments = zeros;
	if (rc == 0)
		rc = ip_infer(n->net, &n->model, &in, NULL, potential, NULL);
	ip_tensor_free(&zeros);
	return rc;
}
