/* Pictures as PNG, through stb_image_write. */
#include <stddef.h>
#include "../core/core.h"
#include "picture.h"
#include "stb_write.h"

struct target {
	struct ip_outfile *out;
	int rc;
};

static void put(void *ctx, void *data, int n)
{
	struct target *t = ctx;

	if (t->rc == 0)
		t->rc = ip_outfile_write(t->out, data, (size_t)n);
}

static int write_raster(const char *path, const struct ip_canvas *c, int gray)
{
	struct target t = { NULL, 0 };
	size_t i, n = (size_t)c->w * (size_t)c->h;
	int comp = gray ? 1 : 3, ok;

	for (i = 0; i < n && gray; i++)
		c->rgb[i] = c->rgb[3 * i];
	t.rc = ip_outfile_open(&t.out, path);
	if (t.rc < 0)
		return t.rc;
	ok = stbi_write_png_to_func(put, &t, c->w, c->h, comp, c->rgb,
		comp * c->w);
	if (!ok && t.rc == 0)
		t.rc = ip_fail(IP_ENOMEM, "%s: out of memory", path);
	if (t.rc < 0) {
		ip_outfile_abort(t.out);
		return t.rc;
	}
	return ip_outfile_commit(t.out);
}

static int write_picture(const char *path, const struct ip_tensor *img,
	struct ip_picture_style *style, size_t count, size_t columns, int bare)
{
	struct ip_canvas c = { 0 };
	int gray = bare && style->map == IP_MAP_GRAY, rc;

	rc = ip_picture_draw(path, img, style, count, columns, bare, &c);
	if (rc == 0)
		rc = write_raster(path, &c, gray);
	ip_free(c.rgb);
	return rc;
}

int ip_png_write(const char *path, const struct ip_tensor *img,
	struct ip_picture_style *style)
{
	return write_picture(path, img, style, 1, 1, 1);
}

int ip_png_panels(const char *path, const struct ip_tensor *img,
	struct ip_picture_style *style, size_t count, size_t columns)
{
	return write_picture(path, img, style, count, columns, 0);
}
