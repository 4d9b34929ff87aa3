/* pearson MODEL FILE: a network's answers to an .ipt file, and the truth. */
#include <stdio.h>
#include <iphase.h>

static void say(void *ctx, enum ip_level level, const char *text)
{
	(void)ctx;
	if (level <= IP_LOG_WARN)
		fprintf(stderr, "pearson: %s\n", text);
}

/* The tensors of path, and in it the truth that the model answers with. */
static int load(const char *path, const struct ip_model *model,
	struct ip_measured *file)
{
	const char *truth = ip_attrs_get_text(&model->attrs, "truth");
	struct ip_item *item;
	int rc = ip_ipt_load(path, &file->b);

	if (rc < 0)
		return rc;
	file->path = path;
	ip_measured_find(file);
	item = ip_bundle_find(&file->b, truth ? truth : "potential_beam");
	file->truth = item ? &item->tensor : NULL;
	if (file->segments && file->thickness && file->euler && file->truth)
		return ip_measured_check(file);
	say(NULL, IP_LOG_ERROR, "not all is in it that iphase-simulate writes");
	return IP_ENOTFOUND;
}

static int judge(struct ip_net *net, const struct ip_model *model,
	const struct ip_measured *file, size_t i)
{
	struct ip_measurement in;			/* views: not freed */
	struct ip_tensor truth, potential = { 0 };
	struct ip_metrics m;
	int rc = ip_measured_picture(file, i, &in, &truth);

	if (rc == 0)
		rc = ip_infer(net, model, &in, NULL, &potential, NULL);
	if (rc == 0)
		rc = ip_metrics(&potential, &truth, &m);
	if (rc == 0)
		printf("picture %lu: Pearson %.4f\n", (unsigned long)i,
			m.pearson);
	ip_tensor_free(&potential);
	return rc;
}

int main(int argc, char **argv)
{
	struct ip_model model = { 0 };
	struct ip_measured file = { 0 };
	struct ip_dev *dev = NULL;
	struct ip_net *net = NULL;
	size_t i;
	int rc;

	ip_log_set(say, NULL);
	if (argc != 3) {
		say(NULL, IP_LOG_ERROR, "give MODEL and FILE.ipt");
		return 2;
	}
	rc = ip_model_load(argv[1], &model);
	if (rc == 0)
		rc = load(argv[2], &model, &file);
	if (rc == 0)
		rc = ip_dev_open(&dev, NULL);
	if (rc == 0)
		rc = ip_net_open(&net, dev, &model.shape, &model.weights);
	for (i = 0; rc == 0 && i < file.count; i++)
		rc = judge(net, &model, &file, i);
	ip_net_close(net);
	ip_dev_close(dev);
	ip_measured_close(&file);
	ip_model_free(&model);
	return rc < 0;
}
