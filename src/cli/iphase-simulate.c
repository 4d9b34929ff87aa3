/* iphase-simulate: segmented-detector STEM images of a crystal. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <iphase/log.h>
#include "simulate.h"

static struct ip_sim_options o = {
	.vacuum = 5,
	.energy = 200, .semiangle = 20, .inner = 10, .outer = 50,
	.segments = 4, .rings = 1, .memory = 2048
};

static const struct ip_opt options[] = {
	{ NULL, 0, NULL, "Specimen", IP_OPT_HEADING, NULL },
	{ "crystal", 0, "NAME", "perfect: SrTiO3, a file, invented:1:17",
		IP_OPT_TEXT, &o.crystal },
	{ "specimen", 0, "island|box|crystal", "cells in vacuum, as it is, or "
		"perfect [@]", IP_OPT_CHOICE,
		&o.specimen },
	{ "zone", 0, "U,V,W", "zone axis along the beam [0,0,1]",
		IP_OPT_REALS, &o.zone },
	{ "plane", 0, "H,K,L", "its normal along the beam instead",
		IP_OPT_REALS, &o.plane },
	{ "tilt", 0, "RX,RY", "mis-tilt about x, then y, degree",
		IP_OPT_REALS, &o.tilt },
	{ "thickness", 0, "NM", "depths of the exit planes, 20,40 or 20:120:20",
		IP_OPT_REALS, &o.thickness },
	{ "euler", 0, "RZ,RX,RY", "turn by rz, then rx, then ry, degree",
		IP_OPT_REALS, &o.euler },
	{ "rotations", 0, "RZ,RZ", "of a crystal in the plane, from one pass",
		IP_OPT_REALS, &o.rotations },
	{ "width", 0, "A", "of the box that a k grid stands for "
		"[automatic]", IP_OPT_REAL, &o.width },
	{ "check-width", 0, NULL, "again with twice the width: what changes",
		IP_OPT_FLAG, &o.check_width },
	{ "fov", 0, "X[,Y]", "field of view, Angstrom [25.6]", IP_OPT_REALS,
		&o.fov },
	{ "repeat", 0, "N", "cells across the island; 0: as many as fit [@]",
		IP_OPT_INT, &o.repeat },
	{ "vacuum", 0, "A", "above and below the island [@]", IP_OPT_REAL,
		&o.vacuum },
	{ "displacement", 0, "U", "rms, thermal, A: 0.08 or Ga=0.06,N=0.07",
		IP_OPT_TEXT, &o.displacement },
	{ NULL, 0, NULL, "Disorder of a crystal", IP_OPT_HEADING, NULL },
	{ "phonons", 0, "N", "frozen configurations to average [@: none]",
		IP_OPT_INT, &o.phonons },
	{ "vacancies", 0, "Z=P", "a part of an element away: N=0.05; "
		"repeatable", IP_OPT_TEXTS, &o.vacancies },
	{ "substitute", 0, "Z=Y:P", "a part of it another: Ga=In:0.1; "
		"repeatable", IP_OPT_TEXTS, &o.substitutes },
	{ "column", 0, "X,Y", "the column there away, :Z another; repeatable",
		IP_OPT_TEXTS, &o.columns },
	{ "cut", 0, "DEG,A", "vacuum beyond a line; ,FROM,TO: a step; "
		"repeatable", IP_OPT_TEXTS, &o.cuts },
	{ "amorphous", 0, "SIDE:Z:A", "a layer: entrance:C:20, [:g/cm^3]; "
		"repeatable", IP_OPT_TEXTS, &o.layers },
	{ NULL, 0, NULL, "Potential", IP_OPT_HEADING, NULL },
	{ "potential", 0, "iam|dft", "independent atoms; with their bonding "
		"term [@]", IP_OPT_CHOICE, &o.potential },
	{ "bonding", 0, "FILE", "of iphase-bonding [the crystal's]",
		IP_OPT_TEXT, &o.bonding },
	{ "sampling", 0, "A", "pixel of the wave grid [0.1; crystals 0.06]",
		IP_OPT_REAL, &o.sampling },
	{ "grid", 0, "N[,M]", "points of the wave grid instead", IP_OPT_REALS,
		&o.grid },
	{ "slice", 0, "A", "thickness of a slice [3; crystals 2]", IP_OPT_REAL,
		&o.slice },
	{ "factors", 0, "kirkland|lobato", "scattering factors [@]",
		IP_OPT_CHOICE, &o.factors },
	{ "deposit", 0, "exact|bilinear", "how atoms meet the grid [@]",
		IP_OPT_CHOICE, &o.deposit },
	{ NULL, 0, NULL, "Beam", IP_OPT_HEADING, NULL },
	{ "energy", 0, "KEV", "beam energy [@]", IP_OPT_REAL, &o.energy },
	{ "semiangle", 0, "MRAD", "aperture [@]", IP_OPT_REAL, &o.semiangle },
	{ "aperture", 0, "soft|hard", "its edge [@]", IP_OPT_CHOICE,
		&o.aperture },
	{ "defocus", 0, "A", "a number, or scherzer", IP_OPT_TEXT,
		&o.defocus },
	{ "focal-spread", 0, "A", "rms spread of the focus [@]", IP_OPT_REAL,
		&o.focal_spread },
	{ "aberration", 0, "C30=V", "C10 .. C56 (Angstrom), phi12 .. (rad)",
		IP_OPT_TEXTS, &o.aberrations },
	{ "beam-tilt", 0, "X,Y", "mrad", IP_OPT_REALS, &o.beam_tilt },
	{ NULL, 0, NULL, "Detector", IP_OPT_HEADING, NULL },
	{ "inner", 0, "MRAD", "inner edge of the segments [@]", IP_OPT_REAL,
		&o.inner },
	{ "outer", 0, "MRAD", "outer edge [@]", IP_OPT_REAL, &o.outer },
	{ "segments", 0, "N", "around the axis; 0: none [@]", IP_OPT_INT,
		&o.segments },
	{ "rings", 0, "N", "from inner to outer [@]", IP_OPT_INT, &o.rings },
	{ "rotation", 0, "DEG", "of the segments, counter-clockwise [@]",
		IP_OPT_REAL, &o.rotation },
	{ "detector-offset", 0, "X,Y", "mrad", IP_OPT_REALS, &o.offset },
	{ "edges", 0, "shares|whole", "points of k at detectors' edges [@]",
		IP_OPT_CHOICE, &o.edges },
	{ "annular", 0, "IN,OUT", "one more ring, mrad; repeatable",
		IP_OPT_TEXTS, &o.annular },
	{ "total", 0, NULL, "all that leaves the specimen", IP_OPT_FLAG,
		&o.total },
	{ "com", 0, NULL, "the centre of mass", IP_OPT_FLAG, &o.com },
	{ NULL, 0, NULL, "Picture", IP_OPT_HEADING, NULL },
	{ "pixels", 0, "N[,M]", "of the picture [the wave grid]", IP_OPT_REALS,
		&o.pixels },
	{ "scan", 0, "X0,Y0,X1,Y1", "its corners, Angstrom [the field]",
		IP_OPT_REALS, &o.scan },
	{ "source-fwhm", 0, "A", "source size [@]", IP_OPT_REAL, &o.source },
	{ "dose", 0, "E", "electrons a square Angstrom; 0: no noise [@]",
		IP_OPT_REAL, &o.dose },
	{ "png", 0, "PREFIX", "also pictures PREFIX-20nm.png", IP_OPT_TEXT,
		&o.png },
	{ NULL, 0, NULL, "Computing", IP_OPT_HEADING, NULL },
	{ "method", 0, "auto|matrix|probes", "scattering matrix or single "
		"probes [@]", IP_OPT_CHOICE, &o.method },
	{ "memory", 0, "MIB", "bound of the working memory [@]", IP_OPT_REAL,
		&o.memory },
	{ "jobs", 0, "FILE", "a simulation a line; implies --resume",
		IP_OPT_TEXT, &o.jobs },
	{ "cost", 0, NULL, "print what it would take, and end", IP_OPT_FLAG,
		&o.cost },
	{ "resume", 0, NULL, "leave the output that this command made",
		IP_OPT_FLAG, &o.resume },
	{ "plan", 0, "estimate|measure", "FFT plans: repeatable, or faster "
		"[@]", IP_OPT_CHOICE, &o.plan },
	{ "wisdom", 0, "FILE", "FFTW's wisdom: read; measure also writes it",
		IP_OPT_TEXT, &o.wisdom },
	{ 0 }
};

static int file_exists(const char *path)
{
	FILE *f = fopen(path, "rb");

	if (f)
		fclose(f);
	return f != NULL;
}

static int plans(void)
{
	int rc = ip_plan_mode_set(o.plan ? IP_PLAN_MEASURE : IP_PLAN_ESTIMATE);

	if (rc == 0 && o.wisdom && (!o.plan || file_exists(o.wisdom)))
		rc = ip_wisdom_load(o.wisdom);
	return rc;
}

/* Whether c's output is there, made by c's command; or an error. */
static int is_made(const struct ip_cli *c, int *made)
{
	struct ip_bundle b = { 0 };
	const char *command;
	int rc;

	*made = 0;
	if (!o.resume || !file_exists(c->output))
		return 0;
	if ((rc = ip_cli_load(c->output, 0, &b)) < 0)
		return rc;
	command = ip_attrs_get_text(&b.attrs, "command");
	*made = command && strcmp(command, c->command) == 0;
	ip_bundle_free(&b);
	return *made ? 0 : ip_cli_error(IP_EINVAL, "%s: is there, but another "
		"command made it; remove it or choose another name",
		c->output);
}

/* Most of a step are two Fourier transforms, which take n log n. */
static void print_cost(const struct ip_sim *m)
{
	double n = (double)m->grid[0] * (double)m->grid[1], steps;
	size_t memory;

	m->way->cost(m, &steps, &memory);
	printf("%.6g units of work, %zu bytes of memory\n", steps * n *
		log2(n), memory);
}

static int run(struct ip_cli *c)
{
	struct ip_sim m = { .cli = c, .o = &o };
	struct ip_dev *dev = NULL;
	int made = 0, rc = o.cost ? 0 : is_made(c, &made);

	if (rc == 0 && made) {
		ip_cli_info("%s: is there, and made by this command",
			c->output);
		return 0;
	}
	if (rc == 0 && !o.cost)
		rc = ip_cli_can_write(c->output);
	if (rc == 0)
		rc = plans();
	if (rc == 0)
		rc = ip_dev_open(&dev, c->backend);
	if (rc == 0)
		rc = ip_sim_setup(&m);
	if (rc == 0 && c->verbose)
		m.way->tell(&m);
	if (rc == 0 && o.cost)
		print_cost(&m);
	else if (rc == 0 && (rc = m.way->run(&m, dev)) == 0)
		rc = ip_sim_save(&m);
	if (rc == 0 && o.plan && o.wisdom)
		rc = ip_wisdom_save(o.wisdom);
	ip_sim_free(&m);
	ip_dev_close(dev);
	return rc;
}

static int check_operands(const struct ip_cli *c)
{
	int structures = c->count + (o.crystal != NULL);

	if (structures != 1)
		return ip_cli_usage(c, "give one structure, as a file or as "
			"--crystal, not %d", structures);
	if (!c->output)
		return ip_cli_usage(c, "give a file to write: -o OUT.ipt");
	if (!ip_cli_has_ext(c->output, ".ipt") &&
			!ip_cli_has_ext(c->output, ".npz"))
		return ip_cli_usage(c, "%s: the output's name must end in "
			".ipt or .npz", c->output);
	return 0;
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-simulate", .usage =
		"STRUCTURE|--crystal=NAME -o OUT.ipt",
		.what = "Images of a crystal (.cif, .cube, .xyz, .ipt) by "
		"segments, and its potential.",
		.example = "iphase-simulate --crystal=GaN --tilt=0.3,-0.2 "
		"--thickness=20:120:20 -o a.ipt",
		.options = options, .common = IP_CLI_OUTPUT | IP_CLI_THREADS |
			IP_CLI_BACKEND | IP_CLI_SEED };
	int rc = ip_cli_parse(&c, argc, argv);

	if (o.crystal)
		o.specimen = IP_SIM_CRYSTAL;
	if (rc == IP_CLI_RUN && o.jobs)
		rc = ip_sim_jobs(o.jobs, argc, argv);
	else if (rc == IP_CLI_RUN && (rc = check_operands(&c)) == 0)
		rc = run(&c);
	return ip_cli_finish(&c, rc);
}
