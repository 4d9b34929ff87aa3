/* Small HDF5 files: Velox, EMD 1.0, hspy. */
#include <math.h>
#include "hdf5.h"
#include "support.h"

#define NX IP_TEST_NX
#define NY IP_TEST_NY

static void must(int ok)
{
	if (!ok) {
		fprintf(stderr, "support/hdf5.c: HDF5 fails\n");
		exit(99);
	}
}

/* ---- pieces ---- */

hid_t ip_test_h5_new(const char *path)
{
	hid_t how = H5Pcreate(H5P_FILE_CREATE), f;

	/* nodes for two names or chunks, not for dozens */
	H5Pset_sym_k(how, 2, 1);
	H5Pset_istore_k(how, 1);
	f = H5Fcreate(path, H5F_ACC_TRUNC, how, H5P_DEFAULT);
	must(f >= 0);
	H5Pclose(how);
	return f;
}

/* Groups above come by themselves. */
static hid_t with_groups(void)
{
	hid_t p = H5Pcreate(H5P_LINK_CREATE);

	H5Pset_create_intermediate_group(p, 1);
	return p;
}

void ip_test_h5_put(hid_t file, const char *name, enum ip_test_h5 how,
	hid_t type, hid_t memory, int ndim, const hsize_t *dims,
	const void *data)
{
	hid_t links = with_groups(), p = H5Pcreate(H5P_DATASET_CREATE);
	hid_t space = ndim ? H5Screate_simple(ndim, dims, NULL) :
		H5Screate(H5S_SCALAR), id;

	if (how != IP_TEST_H5_PLAIN)
		H5Pset_chunk(p, ndim, dims);
	if (how == IP_TEST_H5_GZIP) {
		H5Pset_shuffle(p);
		H5Pset_deflate(p, 9);
	}
	id = H5Dcreate2(file, name, type, space, links, p, H5P_DEFAULT);
	must(id >= 0);
	if (data)
		must(H5Dwrite(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT,
			data) >= 0);
	H5Dclose(id);
	H5Sclose(space);
	H5Pclose(p);
	H5Pclose(links);
}

static hid_t text_type(void)
{
	hid_t t = H5Tcopy(H5T_C_S1);

	H5Tset_size(t, H5T_VARIABLE);
	return t;
}

void ip_test_h5_text(hid_t file, const char *name, const char *text)
{
	static const hsize_t one = 1;
	hid_t t = text_type();

	ip_test_h5_put(file, name, IP_TEST_H5_CHUNKED, t, t, 1, &one, &text);
	H5Tclose(t);
}

void ip_test_h5_group(hid_t file, const char *name)
{
	hid_t links = with_groups();
	hid_t id = H5Gcreate2(file, name, links, H5P_DEFAULT, H5P_DEFAULT);

	must(id >= 0);
	H5Gclose(id);
	H5Pclose(links);
}

static void put_attr(hid_t file, const char *object, const char *name,
	hid_t type, const void *v)
{
	hid_t space = H5Screate(H5S_SCALAR);
	hid_t id = H5Acreate_by_name(file, object, name, type, space,
		H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

	must(id >= 0 && H5Awrite(id, type, v) >= 0);
	H5Aclose(id);
	H5Sclose(space);
}

void ip_test_h5_attr_text(hid_t file, const char *object, const char *name,
	const char *text)
{
	hid_t t = text_type();

	put_attr(file, object, name, t, &text);
	H5Tclose(t);
}

void ip_test_h5_attr(hid_t file, const char *object, const char *name,
	double v)
{
	put_attr(file, object, name, H5T_NATIVE_DOUBLE, &v);
}

/* ---- Velox ---- */

int ip_test_segment(int s, int x, int y)
{
	return 1000 + 100 * s + (3 + s * s) * x + (7 - s) * y * y;
}

const char *ip_test_uuid(int i)
{
	static char uuid[33];

	snprintf(uuid, sizeof uuid, "%08x%024d", 0xff00u - (unsigned)i, i);
	return uuid;
}

static const char metadata[] = "{\"Instrument\": {\"InstrumentModel\":"
	" \"Titan\"}, \"Optics\": {\"AccelerationVoltage\": \"300000\","
	" \"BeamConvergence\": \"0.021\", \"CameraLength\": \"0.1\"},"
	" \"Stage\": {\"AlphaTilt\": \"0.1\", \"BetaTilt\": \"-0.2\"},"
	" \"Scan\": {\"DwellTime\": \"1e-05\", \"FrameTime\": \"11.7\","
	" \"ScanRotation\": \"0.5\"}, \"Detectors\": {\"Detector-2\":"
	" {\"DetectorName\": \"HAADF\", \"CollectionAngleRange\": {\"begin\":"
	" \"0.05\", \"end\": \"0.2\"}}, \"Detector-3\": {\"DetectorName\":"
	" \"DF4\", \"CollectionAngleRange\": {\"begin\": \"0.005\", \"end\":"
	" \"0.03\"}}}, \"BinaryResult\": {\"DetectorIndex\": \"%d\","
	" \"PixelSize\": {\"width\": \"2e-11\", \"height\": \"3e-11\"},"
	" \"PixelUnitX\": \"m\", \"PixelUnitY\": \"m\"},"
	" \"CustomProperties\": {\"DetectorRotation\": {\"type\": \"double\","
	" \"value\": \"%.17g\"}}}";

struct velox {
	hid_t file;
	double theta;
};

/* Image i: (y, x, frame), and its metadata in a column a frame. */
static void put_image(const struct velox *v, int i, int detector, hid_t type,
	hid_t memory, int frames, const void *data)
{
	hsize_t dims[3] = { NY, NX, (hsize_t)frames }, text[2];
	char name[96], *column = calloc(2, 2048);
	size_t n, k;

	snprintf(name, sizeof name, "/Data/Image/%s/Data", ip_test_uuid(i));
	ip_test_h5_put(v->file, name, IP_TEST_H5_CHUNKED, type, memory, 3,
		dims, data);
	n = (size_t)snprintf(column, 2048, metadata, detector, v->theta) + 9;
	for (k = n; frames == 2 && k-- > 0; ) {
		column[2 * k] = column[k];
		column[2 * k + 1] = ' ';
	}
	text[0] = n;
	text[1] = (hsize_t)frames;
	snprintf(name, sizeof name, "/Data/Image/%s/Metadata", ip_test_uuid(i));
	ip_test_h5_put(v->file, name, IP_TEST_H5_CHUNKED, H5T_STD_U8LE,
		H5T_NATIVE_UINT8, 2, text, column);
	free(column);
}

static void put_segments(const struct velox *v)
{
	unsigned short p[NY][NX];
	int s, x, y;

	for (s = 0; s < 4; s++) {
		for (y = 0; y < NY; y++)
			for (x = 0; x < NX; x++)
				p[y][x] = (unsigned short)ip_test_segment(s, x,
					y);
		put_image(v, s, 3, H5T_STD_U16LE, H5T_NATIVE_UINT16, 1, p);
	}
}

static float difference(int a, int b, int x, int y)
{
	return (float)(ip_test_segment(a, x, y) - ip_test_segment(b, x, y));
}

static void put_vector(const struct velox *v, int i, const char *re,
	const char *im)
{
	const double c = cos(v->theta), s = sin(v->theta), f = 1.1107207345;
	hid_t type = H5Tcreate(H5T_COMPOUND, 8);
	float p[NY][NX][2];
	double a, b;
	int x, y;

	H5Tinsert(type, re, 0, H5T_IEEE_F32LE);
	H5Tinsert(type, im, 4, H5T_IEEE_F32LE);
	for (y = 0; y < NY; y++)
		for (x = 0; x < NX; x++) {
			a = difference(0, 2, x, y);
			b = difference(1, 3, x, y);
			p[y][x][0] = (float)(f * (c * a - s * b));
			p[y][x][1] = (float)(f * (s * a + c * b));
		}
	put_image(v, i, 3, type, type, 1, p);
	H5Tclose(type);
}

/* Images 4 and 5: A-C and B-D; 6: DPC; 7, 8: iDPC; 9, 10: HAADF; 11: half. */
static void put_derived(const struct velox *v)
{
	float p[NY][NX], q[NY][NX][2];
	int i, x, y;

	for (i = 4; i < 9; i++) {
		for (y = 0; y < NY; y++)
			for (x = 0; x < NX; x++)
				p[y][x] = i < 6 ? difference(i - 4, i - 2, x,
					y) : (float)(i + x - y);
		if (i != 6)
			put_image(v, i, 3, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT,
				1, p);
	}
	put_vector(v, 6, "realFloat", "imagFloat");
	for (y = 0; y < NY; y++)
		for (x = 0; x < NX; x++) {
			q[y][x][0] = (float)(x + 10 * y);
			q[y][x][1] = (float)(100 + x + 10 * y);
		}
	put_image(v, 9, 2, H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, 2, q);
	put_image(v, 10, 2, H5T_STD_I32BE, H5T_NATIVE_FLOAT, 1, p);
	put_vector(v, 11, "realFloatHalfEven", "imagFloatHalfEven");
}

static void put_json(const struct velox *v, const char *group, int i,
	const char *format, const char *a, const char *b)
{
	char name[128], text[512];

	snprintf(name, sizeof name, "%s/%04d", group, i);
	snprintf(text, sizeof text, format, a, b);
	ip_test_h5_text(v->file, name, text);
}

/* Segment s goes into difference s % 2 as its input s / 2. */
static void put_inputs(const struct velox *v)
{
	char text[512];
	int s;

	for (s = 0; s < 4; s++) {
		snprintf(text, sizeof text, "{\"dataPath\": \"\\/Data\\/Image"
			"\\/%%s\", \"detector\": \"DF4-%%s\", \"detectorInfo\":"
			" {\"name\": \"DF4\", \"segments\": [{\"index\":"
			" \"%d\", \"polarity\": \"Positive\"}]}, \"outputs\":"
			" [{\"outputIndex\": \"0\", \"operation\":"
			" \"/Operations/MathematicsOperation/%04d\","
			" \"inputIndex\": \"%d\"}]}", s, 9 - s % 2, s / 2);
		put_json(v, "/Operations/StemInputOperation", 7 - s, text,
			ip_test_uuid(s), &"A\0B\0C\0D"[2 * s]);
	}
}

static void put_operations(const struct velox *v)
{
	static const char plain[] = "{\"dataPath\": \"/Data/Image/%s\","
		" \"detector\": \"HAADF\"}";
	static const char minus[] = "{\"mathematicsMode\": \"Subtraction\","
		" \"dataPath\": \"/Data/Image/%s\"}";
	char raw[33];

	put_json(v, "/Operations/StemInputOperation", 0, plain,
		ip_test_uuid(9), "");
	put_json(v, "/Operations/StemInputOperation", 1, plain,
		ip_test_uuid(10), "");
	put_json(v, "/Operations/MathematicsOperation", 9, minus,
		ip_test_uuid(4), "");
	put_json(v, "/Operations/MathematicsOperation", 8, minus,
		ip_test_uuid(5), "");
	put_json(v, "/Operations/DpcOperation", 0, plain, ip_test_uuid(6), "");
	snprintf(raw, sizeof raw, "%s", ip_test_uuid(8));
	put_json(v, "/Operations/SurfaceReconstructionOperation", 0,
		"{\"dataPath\": \"/Data/Image/%s\", \"unfilteredDataPath\":"
		" \"/Data/Image/%s\", \"integrationMode\": \"true\","
		" \"enableFilter\": \"true\", \"gaussianHighPassSigma\":"
		" \"20\"}", ip_test_uuid(7), raw);
}

/* Three of the four segments have a title. */
static void put_displays(const struct velox *v)
{
	char reference[16];
	int s;

	for (s = 0; s < 3; s++) {
		snprintf(reference, sizeof reference, "%04d", 5 + s);
		put_json(v, "/Displays/ImageDisplay", 2 - s, "{\"data\":"
			" \"/SharedProperties/ImageSeriesDataReference/%s\","
			" \"id\": \"x\", \"settings\": \"\", \"title\":"
			" \"Segment %s\"}", reference, &"A\0B\0C"[2 * s]);
		put_json(v, "/SharedProperties/ImageSeriesDataReference", 5 + s,
			"{\"dataPath\": \"/Data/Image/%s\"}", ip_test_uuid(s),
			"");
	}
}

static void velox(const char *path, int version, double theta, int derived)
{
	struct velox v = { ip_test_h5_new(path), theta };
	char text[64];

	snprintf(text, sizeof text, "{\"version\": \"%d\", \"format\":"
		" \"Velox\"}", version);
	ip_test_h5_text(v.file, "/Version", text);
	put_segments(&v);
	if (version < 11)
		put_inputs(&v);
	else
		put_displays(&v);
	if (derived) {
		put_derived(&v);
		put_operations(&v);
	}
	must(H5Fclose(v.file) >= 0);
}

void ip_test_velox(const char *path, int version, double theta)
{
	velox(path, version, theta, version < 11);
}

void ip_test_velox_small(const char *path, int version)
{
	velox(path, version, 0.25, 0);
}

/* ---- EMD 1.0 and hspy ---- */

static void put_dim(hid_t f, const char *name, const char *axis,
	const char *unit, int n, double step)
{
	hsize_t dim = (hsize_t)n;
	double v[8];
	int i;

	for (i = 0; i < n; i++)
		v[i] = 5 + i * step;
	ip_test_h5_put(f, name, IP_TEST_H5_PLAIN, H5T_IEEE_F64LE,
		H5T_NATIVE_DOUBLE, 1, &dim, v);
	ip_test_h5_attr_text(f, name, "name", axis);
	ip_test_h5_attr_text(f, name, "units", unit);
}

void ip_test_emd1(const char *path)
{
	static const hsize_t image[] = { NY, NX }, com[] = { NX, NY, 2 };
	hid_t f = ip_test_h5_new(path);
	short p[NY][NX];
	float q[NX][NY][2];
	int x, y, k;

	for (y = 0; y < NY; y++)
		for (x = 0; x < NX; x++) {
			p[y][x] = (short)(x - 10 * y);
			for (k = 0; k < 2; k++)
				q[x][y][k] = (float)(x + 10 * y + 100 * k);
		}
	ip_test_h5_put(f, "/data/im/data", IP_TEST_H5_PLAIN, H5T_STD_I16BE,
		H5T_NATIVE_INT16, 2, image, p);
	ip_test_h5_attr(f, "/data/im", "emd_group_type", 1);
	ip_test_h5_attr_text(f, "/data/im/data", "units", "counts");
	put_dim(f, "/data/im/dim1", "y", "[n_m]", NY, 0.03);
	put_dim(f, "/data/im/dim2", "x", "[n_m]", NX, 0.02);
	ip_test_h5_put(f, "/data/com/realslice", IP_TEST_H5_PLAIN,
		H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 3, com, q);
	ip_test_h5_attr(f, "/data/com", "emd_group_type", 1);
	put_dim(f, "/data/com/dim1", "R_x", "[n_m]", NX, 0.02);
	put_dim(f, "/data/com/dim2", "R_y", "[n_m]", NY, 0.03);
	ip_test_h5_text(f, "/data/com/dim3", "DPC_CoM_x");
	must(H5Fclose(f) >= 0);
}

void ip_test_hspy(const char *path)
{
	static const hsize_t dims[] = { 2, NY, NX };
	static const struct { const char *name, *unit; double scale; } axes[] =
		{ { "channel", "", 1 }, { "y", "nm", 0.03 },
		{ "x", "nm", 0.02 } };
	static const char tem[] = "/Experiments/scan/metadata"
		"/Acquisition_instrument/TEM";
	hid_t f = ip_test_h5_new(path);
	float p[2][NY][NX];
	char axis[64];
	int d, x, y;

	for (d = 0; d < 2; d++)
		for (y = 0; y < NY; y++)
			for (x = 0; x < NX; x++)
				p[d][y][x] = (float)(x + 10 * y + 100 * d);
	ip_test_h5_put(f, "/Experiments/scan/data", IP_TEST_H5_GZIP,
		H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 3, dims, p);
	for (d = 0; d < 3; d++) {
		snprintf(axis, sizeof axis, "/Experiments/scan/axis-%d", d);
		ip_test_h5_group(f, axis);
		ip_test_h5_attr_text(f, axis, "name", axes[d].name);
		ip_test_h5_attr_text(f, axis, "units", axes[d].unit);
		ip_test_h5_attr(f, axis, "scale", axes[d].scale);
	}
	ip_test_h5_group(f, tem);
	ip_test_h5_attr(f, tem, "beam_energy", 200);
	ip_test_h5_attr(f, tem, "convergence_angle", 21.5);
	must(H5Fclose(f) >= 0);
}
