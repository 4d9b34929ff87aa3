/* iphase-convert: the weights of a network become a model. */
#include <iphase/model.h>
#include "convert.h"

int ip_convert_is_model(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_bundle *b)
{
	enum ip_kind kind = ip_cli_kind_of_name(c->output);

	return !o->tensor && (kind == IP_KIND_IPT || kind == IP_KIND_NPZ
		|| kind == IP_KIND_SAFETENSORS) && ip_model_is(b);
}

int ip_convert_save_model(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_bundle *b)
{
	struct ip_model m = { 0 };
	enum ip_dtype dtype = IP_F32;
	int rc = 0;

	if (o->store)
		return ip_cli_usage(c, "--store is not for the weights of a"
			" network");
	if (o->dtype)
		rc = ip_dtype_parse(o->dtype, &dtype);
	if (rc == 0)
		rc = ip_model_from(b, &m);
	if (rc == 0)
		rc = ip_model_save(c->output, &m, dtype);
	if (rc == 0)
		ip_cli_info("%s: a network of %zu inputs, feature size %zu; %s"
			", scale %g V Angstrom", c->output, m.shape.in,
			m.shape.features, ip_metadata_name(m.metadata),
			m.scale);
	ip_model_free(&m);
	return rc;
}
