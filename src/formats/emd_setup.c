/* A Velox image's metadata as attributes, in our units. */
#include <math.h>
#include <string.h>
#include "../core/core.h"
#include "emd_velox.h"

#define DEGREE 57.295779513082321

static const struct {
	const char *keys, *key;
	double factor;
} numbers[] = {
	{ "Optics/AccelerationVoltage", "energy", 1 },
	{ "Optics/BeamConvergence", "semiangle", 1e3 },
	{ "Optics/CameraLength", "camera_length", 1 },
	{ "Scan/ScanRotation", "scan_rotation", DEGREE },
	{ "CustomProperties/DetectorRotation/value", "detector_rotation",
		DEGREE },
	{ "Scan/DwellTime", "dwell_time", 1 },
	{ "Scan/FrameTime", "frame_time", 1 },
};

static int set_numbers(struct ip_attrs *a, const json_t *meta)
{
	size_t i;
	double v;
	int rc = 0;

	for (i = 0; i < sizeof numbers / sizeof *numbers && rc == 0; i++)
		if (ip_velox_number(meta, numbers[i].keys, &v))
			rc = ip_attrs_number(a, numbers[i].key,
				v * numbers[i].factor);
	return rc;
}

/*
 * Velox makes DPC = pi / (2 sqrt 2) R(theta) (A-C, B-D), theta its
 * DetectorRotation, R counter-clockwise from x to y. So more in A means a
 * shift along theta: that is where the middle of A lies, and B follows 90
 * degree on. Segments 0 to 3 are A to D, and the first edge of A, half its
 * opening before its middle, is rotation = theta - 45 degree. This takes the
 * imaginary part of DPC as the one along y, downwards as the rows of images.
 */
static int set_rotation(struct ip_attrs *a)
{
	const struct ip_attr *theta = ip_attrs_find(a, "detector_rotation");

	return !theta ? 0 : ip_attrs_number(a, "rotation",
		remainder(theta->v.f64[0] - 45, 360));
}

static int set_tilt(struct ip_attrs *a, const json_t *meta)
{
	double v[2];

	if (!ip_velox_number(meta, "Stage/AlphaTilt", &v[0]) ||
	    !ip_velox_number(meta, "Stage/BetaTilt", &v[1]))
		return 0;
	v[0] *= DEGREE;
	v[1] *= DEGREE;
	return ip_attrs_f64(a, "stage_tilt", v, 2);
}

static int set_pixel_size(struct ip_attrs *a, const json_t *meta)
{
	const char *unit[2] = { ip_velox_text(meta, "BinaryResult/PixelUnitX"),
		ip_velox_text(meta, "BinaryResult/PixelUnitY") };
	double v[2];

	if (!unit[0] || !ip_velox_number(meta, "BinaryResult/PixelSize/width",
	    &v[0]) || !ip_velox_number(meta, "BinaryResult/PixelSize/height",
	    &v[1]))
		return 0;
	v[0] *= ip_emd_angstrom(unit[0]);
	v[1] *= ip_emd_angstrom(unit[1] ? unit[1] : unit[0]);
	return v[0] > 0 && v[1] > 0 ? ip_attrs_f64(a, "pixel_size", v, 2) : 0;
}

/* The detector, among all of the microscope, that gave the image. */
static const json_t *find_detector(const json_t *meta)
{
	const json_t *all = json_object_get(meta, "Detectors");
	char key[32];
	double index;

	if (!ip_velox_number(meta, "BinaryResult/DetectorIndex", &index) ||
	    index < 0 || index > 999)
		return NULL;
	snprintf(key, sizeof key, "Detector-%d", (int)index);
	return json_object_get(all, key);
}

/* 0 to 0 stands for angles that nobody told it. */
static int set_angles(struct ip_attrs *a, const json_t *detector)
{
	double begin, end;
	int rc;

	if (!ip_velox_number(detector, "CollectionAngleRange/begin", &begin) ||
	    !ip_velox_number(detector, "CollectionAngleRange/end", &end) ||
	    begin < 0 || end <= begin)
		return 0;
	rc = ip_attrs_number(a, "inner", 1e3 * begin);
	return rc < 0 ? rc : ip_attrs_number(a, "outer", 1e3 * end);
}

static int set_detector(struct ip_velox_image *m, const json_t *meta)
{
	const json_t *detector = find_detector(meta);
	const char *name = ip_velox_text(detector, "DetectorName");
	int rc;

	name = name ? name : ip_velox_text(meta, "BinaryResult/Detector");
	rc = name ? ip_attrs_text(&m->own, "detector", name) : 0;
	if (rc == 0 && !m->name) {
		m->name = ip_strdup(name ? name : "image");
		rc = m->name ? 0 : IP_ENOMEM;
	}
	return rc < 0 ? rc : set_angles(&m->setup, detector);
}

int ip_velox_setup(struct ip_velox_image *m, const json_t *meta)
{
	const char *model = ip_velox_text(meta, "Instrument/InstrumentModel");
	int rc;

	rc = ip_attrs_text(&m->own, "unit", "a.u.");
	if (rc == 0)
		rc = ip_attrs_text(&m->own, "uuid", m->uuid);
	if (rc == 0)
		rc = set_pixel_size(&m->setup, meta);
	if (rc == 0)
		rc = set_numbers(&m->setup, meta);
	if (rc == 0)
		rc = set_detector(m, meta);
	if (rc == 0)
		rc = set_rotation(&m->setup);
	if (rc == 0)
		rc = set_tilt(&m->setup, meta);
	if (rc == 0 && model)
		rc = ip_attrs_text(&m->setup, "instrument", model);
	return rc;
}
