/* iphase-convert: from any format that iphase knows into any other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "atoms.h"
#include "convert.h"

static struct ip_convert o = { .zoom = 1, .energy = NAN, .semiangle = NAN,
	.inner = NAN, .outer = NAN, .rotation = NAN };

static const struct ip_opt options[] = {
	{ NULL, 0, NULL, "What to take", IP_OPT_HEADING, NULL },
	{ "tensor", 0, "NAME", "only this tensor; a name for an input that"
		" has none", IP_OPT_TEXT, &o.tensor },
	{ "dtype", 0, "NAME", "numbers of a raw input; else convert to them",
		IP_OPT_TEXT, &o.dtype },
	{ "shape", 0, "W,H", "of a raw input", IP_OPT_REALS, &o.shape },
	{ "axes", 0, "auto|xy|yx", "order of the last two axes in raw and .npy"
		" files; auto: yx for raw, xy for .npy", IP_OPT_CHOICE,
		&o.axes },
	{ "segment-order", 0, "0,1,2,3", "which inputs are counter-clockwise",
		IP_OPT_REALS, &o.order },
	{ NULL, 0, NULL, "What to say about it (attributes)", IP_OPT_HEADING,
		NULL },
	{ "pixel-size", 0, "X[,Y]", "Angstrom", IP_OPT_REALS, &o.pixel_size },
	{ "energy", 0, "KV", "of the beam", IP_OPT_REAL, &o.energy },
	{ "semiangle", 0, "MRAD", "of the probe", IP_OPT_REAL, &o.semiangle },
	{ "inner", 0, "MRAD", "where the segments begin", IP_OPT_REAL,
		&o.inner },
	{ "outer", 0, "MRAD", "where they end", IP_OPT_REAL, &o.outer },
	{ "rotation", 0, "DEG", "first edge of segment 0 against the scan's x",
		IP_OPT_REAL, &o.rotation },
	{ "unit", 0, "TEXT", "of the values", IP_OPT_TEXT, &o.unit },
	{ "attribute", 0, "KEY=VALUE", "any other: numbers, or a text",
		IP_OPT_TEXTS, &o.attributes },
	{ NULL, 0, NULL, "How to write it", IP_OPT_HEADING, NULL },
	{ "store", 0, NULL, "do not compress .ipt (it can be mapped) or .npz",
		IP_OPT_FLAG, &o.store },
	{ "index", 0, "I[,J]", "which picture of a stack becomes the .png",
		IP_OPT_REALS, &o.index },
	{ "map", 0, "gray|viridis|magma|RdBu", "colours of a .png [@]",
		IP_OPT_CHOICE, &o.map },
	{ "range", 0, "LOW,HIGH", "values of its first and last colour",
		IP_OPT_REALS, &o.range },
	{ "zoom", 0, "N", "each pixel N x N times [@]", IP_OPT_INT, &o.zoom },
	{ "title", 0, "TEXT", "written above", IP_OPT_TEXT, &o.title },
	{ "colorbar", 0, NULL, "with a colour bar", IP_OPT_FLAG, &o.colorbar },
	{ "table", 0, NULL, "several files as one .png, a row of pictures a "
		"file; --index: the channel", IP_OPT_FLAG, &o.table },
	{ "bare", 0, NULL, "without scale bar and title", IP_OPT_FLAG,
		&o.bare },
	{ 0 }
};

/* --attribute=KEY=VALUE. */
static int set_attribute(const struct ip_cli *c, struct ip_attrs *a,
	const char *text)
{
	size_t n = strcspn(text, "=");
	struct ip_reals r = { 0 };
	char key[128];
	int rc;

	if (n == 0 || n >= sizeof key || !text[n])
		return ip_cli_usage(c, "--attribute: '%s', expected KEY=VALUE",
			text);
	memcpy(key, text, n);
	key[n] = '\0';
	if (ip_cli_reals(text + n + 1, &r))
		return ip_attrs_text(a, key, text + n + 1);
	rc = ip_attrs_f64(a, key, r.v, r.count);
	free(r.v);
	return rc;
}

/* The attributes that options give. */
static int set_attributes(const struct ip_cli *c, struct ip_bundle *b)
{
	const struct { const char *key; double v; } list[] = {
		{ "energy", o.energy * 1e3 }, { "semiangle", o.semiangle },
		{ "inner", o.inner }, { "outer", o.outer },
		{ "rotation", o.rotation },
	};
	double size[2];
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof list / sizeof *list && rc == 0; i++)
		if (!isnan(list[i].v))
			rc = ip_attrs_number(&b->attrs, list[i].key,
				list[i].v);
	if (o.pixel_size.count > 2 || (o.pixel_size.count &&
	    !(o.pixel_size.v[0] > 0 &&
	    o.pixel_size.v[o.pixel_size.count - 1] > 0)))
		return ip_cli_usage(c, "--pixel-size: expected one or two"
			" lengths above 0");
	if (o.pixel_size.count && rc == 0) {
		size[0] = o.pixel_size.v[0];
		size[1] = o.pixel_size.v[o.pixel_size.count - 1];
		rc = ip_attrs_f64(&b->attrs, "pixel_size", size, 2);
	}
	for (i = 0; i < o.attributes.count && rc == 0; i++)
		rc = set_attribute(c, &b->attrs, o.attributes.v[i]);
	return rc;
}

static int set_unit(struct ip_bundle *b)
{
	const struct ip_item *item;
	int rc;

	if (!o.unit)
		return 0;
	rc = ip_convert_pick(&o, b, &item);
	return rc < 0 ? rc : ip_attrs_text(&ip_bundle_find(b,
		item->name)->attrs, "unit", o.unit);
}

/*
 * Into --dtype: the tensor of --tensor, or all of fractional numbers but the
 * atoms', whose coordinates would suffer.
 */
static int convert(struct ip_bundle *b)
{
	struct ip_tensor *t, r;
	enum ip_dtype to;
	size_t i;
	int rc;

	if (!o.dtype)
		return 0;
	rc = ip_dtype_parse(o.dtype, &to);
	for (i = 0; i < b->count && rc == 0; i++) {
		t = &b->items[i].tensor;
		if (o.tensor ? strcmp(o.tensor, b->items[i].name) != 0 :
		    b->count > 1 && (t->dtype < IP_F16 || t->dtype > IP_F64 ||
		    ip_cli_atoms_name(b->items[i].name)))
			continue;
		if (t->dtype == to)
			continue;
		rc = ip_tensor_convert(&r, to, t);
		if (rc < 0)
			return rc;
		ip_tensor_free(t);
		*t = r;
	}
	return rc;
}

/* Why nothing is written as this; or NULL. */
static const char *only_read(enum ip_kind kind)
{
	switch (kind) {
	case IP_KIND_DM: return "Digital Micrograph's files are only read;"
		" it opens .tif and .mrc";
	case IP_KIND_CIF: return ".cif is only read; atoms are written as"
		" .xyz";
	case IP_KIND_HDF5: return ".emd, .hspy and .h5 are only read; write"
		" .npz for others";
	case IP_KIND_TORCH: return ".pt and .pth are only read; PyTorch"
		" loads .safetensors and .npz";
	default: return NULL;
	}
}

static int check_options(const struct ip_cli *c)
{
	int i, raw = 0, npy = 0;
	enum ip_kind kind;

	if (c->count == 0)
		return ip_cli_usage(c, "give a file to convert");
	if (!c->output)
		return ip_cli_usage(c, "give -o FILE");
	kind = ip_cli_kind_of_name(c->output);
	if (kind == IP_KIND_UNKNOWN)
		return ip_cli_usage(c, "%s: the name must end in .ipt, .npz,"
			" .npy, .png, .tif, .mrc, .raw, .bin, .f32,"
			" .safetensors, .cube or .xyz", c->output);
	if (only_read(kind))
		return ip_cli_usage(c, "%s: %s", c->output, only_read(kind));
	for (i = 0; i < c->count; i++) {
		raw += ip_cli_kind_of_name(c->operands[i]) == IP_KIND_RAW;
		npy += ip_cli_kind_of_name(c->operands[i]) == IP_KIND_NPY;
	}
	if (o.shape.count && !raw)
		return ip_cli_usage(c, "--shape is for raw inputs");
	if (o.table && kind != IP_KIND_PNG)
		return ip_cli_usage(c, "--table is for .png outputs");
	if (o.table && o.title)
		return ip_cli_usage(c, "--table has titles of its own");
	if (o.order.count && c->count == 1)
		return ip_cli_usage(c, "--segment-order is for one image a"
			" segment");
	if (o.axes && !raw && !npy && kind != IP_KIND_RAW &&
	    kind != IP_KIND_NPY)
		return ip_cli_usage(c, "--axes is for raw and .npy files");
	if (o.index.count && kind != IP_KIND_PNG)
		return ip_cli_usage(c, "--index is for .png outputs");
	return 0;
}

static int run(const struct ip_cli *c)
{
	struct ip_bundle b = { 0 };
	enum ip_kind kind;
	int rc, model;

	rc = check_options(c);
	if (rc)
		return rc;
	if (o.table)
		return ip_convert_table(c, &o);
	kind = ip_cli_kind_of_name(c->output);
	rc = c->count > 1 ? ip_convert_segments(c, &o, &b) :
		ip_convert_load(c, &o, c->operands[0], &b);
	model = rc == 0 && ip_convert_is_model(c, &o, &b);
	if (rc == 0 && !model)
		rc = convert(&b);
	if (rc == 0)
		rc = set_unit(&b);
	if (rc == 0)
		rc = set_attributes(c, &b);
	/* what has been made by a tool keeps saying by which */
	if (rc == 0 && (kind == IP_KIND_IPT || kind == IP_KIND_NPZ ||
	    kind == IP_KIND_SAFETENSORS) && !ip_attrs_find(&b.attrs, "tool"))
		rc = ip_cli_provenance(c, &b.attrs);
	if (rc == 0)
		rc = model ? ip_convert_save_model(c, &o, &b) :
			ip_convert_save(c, &o, &b);
	ip_bundle_free(&b);
	return rc;
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-convert",
		.usage = "INPUT... -o OUTPUT",
		.what = "Convert between .ipt, .npz, .npy, .safetensors, .cube,"
			" .xyz, .png, .tif, .mrc\nand raw files, from"
			" PyTorch's .pt, .dm3, .dm4, .cif and HDF5 (.emd,"
			" .hspy,\n.h5), by their names.\n"
			"Several inputs are the images of the segments,"
			" counter-clockwise from +x, +y.",
		.example = "example: iphase-convert a.png b.png c.png d.png"
			" --pixel-size=0.2 -o segments.ipt",
		.options = options, .common = IP_CLI_OUTPUT | IP_CLI_THREADS };

	return ip_cli_main(&c, argc, argv, run);
}
