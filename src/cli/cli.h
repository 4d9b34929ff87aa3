/*
 * What all tools share: options from a table, messages, progress, provenance.
 *
 *	static double energy = 200;
 *	static const struct ip_opt options[] = {
 *		{ "energy", 0, "KEV", "beam energy [@]", IP_OPT_REAL, &energy },
 *		{ 0 }
 *	};
 *	int main(int argc, char **argv)
 *	{
 *		struct ip_cli c = { .name = "iphase-x", .usage = "FILE...",
 *			.what = "Does this and that.", .options = options,
 *			.common = IP_CLI_OUTPUT | IP_CLI_THREADS };
 *
 *		return ip_cli_main(&c, argc, argv, run);
 *	}
 */
#ifndef IP_CLI_H
#define IP_CLI_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/bundle.h>
#include <iphase/status.h>

#if defined(__GNUC__)
#define IP_CLI_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define IP_CLI_PRINTF(f, a)
#endif

enum ip_opt_type {
	IP_OPT_FLAG,	/* int, becomes 1; has no argument */
	IP_OPT_TEXT,	/* const char * */
	IP_OPT_TEXTS,	/* struct ip_texts: may be given several times */
	IP_OPT_INT,	/* long */
	IP_OPT_U64,	/* uint64_t */
	IP_OPT_REAL,	/* double, finite */
	IP_OPT_REALS,	/* struct ip_reals: 1,2.5,20:120:10 (ends included) */
	IP_OPT_CHOICE,	/* int: index into arg, which is "first|second" */
	IP_OPT_HEADING	/* help is a heading in --help; nothing else counts */
};

/* Numbers in memory that ip_cli_finish frees. */
struct ip_reals {
	double *v;
	size_t count;
};

struct ip_texts {
	const char **v;
	size_t count;
};

/*
 * name: without "--"; letter: 'o' or 0; arg: placeholder in --help; target:
 * holds the default before and the value after. An @ in help stands for the
 * default. The last entry is {0}.
 */
struct ip_opt {
	const char *name;
	char letter;
	const char *arg, *help;
	enum ip_opt_type type;
	void *target;
};

/* Options that a tool takes beside -h, --version, -q and -v. */
enum {
	IP_CLI_OUTPUT = 1,	/* -o, --output=FILE into output */
	IP_CLI_THREADS = 2,	/* --threads=N, set at once; also --isa */
	IP_CLI_BACKEND = 4,	/* --backend=NAME into backend */
	IP_CLI_SEED = 8		/* --seed=N into seed */
};

struct ip_cli {
	const char *name;	/* "iphase-info" */
	const char *usage;	/* what follows [options], "FILE..." */
	const char *what;	/* one or two lines */
	const char *example;	/* shown last in --help; may be NULL */
	const struct ip_opt *options;
	unsigned common;
	/* set by ip_cli_parse; operands end with NULL */
	char **operands;
	int count;
	const char *output, *backend;
	uint64_t seed;
	int quiet, verbose;
	char *command;		/* the command line, quoted for the shell */
	struct ip_opt *all;
};

enum { IP_CLI_RUN = -1000, IP_CLI_USAGE = 2 };

/*
 * Parse (options and operands in any order, "--" ends the options), send the
 * library's messages and progress to stderr, set threads and instruction
 * set. IP_CLI_RUN: go on. Anything else: hand it to ip_cli_finish.
 */
int ip_cli_parse(struct ip_cli *c, int argc, char **argv);
/*
 * The exit status for rc: 0, IP_CLI_USAGE (2), or 1 for a negative status.
 * Closes stdout and fails if that fails. Frees what ip_cli_parse made.
 */
int ip_cli_finish(struct ip_cli *c, int rc);
/* Both, with run between them if there is something to do. */
int ip_cli_main(struct ip_cli *c, int argc, char **argv,
	int (*run)(const struct ip_cli *c));

/* Report a wrong use of the tool; returns IP_CLI_USAGE. */
int ip_cli_usage(const struct ip_cli *c, const char *fmt, ...)
	IP_CLI_PRINTF(2, 3);
/* Report a failure of the tool's own (the library reports its own). */
int ip_cli_error(int status, const char *fmt, ...) IP_CLI_PRINTF(2, 3);
void ip_cli_warn(const char *fmt, ...) IP_CLI_PRINTF(1, 2);
/* Shown unless --quiet. */
void ip_cli_info(const char *fmt, ...) IP_CLI_PRINTF(1, 2);

/* A line of progress of the tool's own; begin with done 0, end with total. */
void ip_cli_progress(const char *what, unsigned long done,
	unsigned long total);

/* IP_EIO, reported, if no file could be made at path: for what computes long. */
int ip_cli_can_write(const char *path);

/*
 * Warn if dev is the processor and has not that many bytes; less says what
 * takes fewer.
 */
struct ip_dev;
void ip_cli_check_memory(const struct ip_dev *dev, uint64_t bytes,
	const char *less);

/* Whether both are there and are one, by whatever names. */
int ip_cli_same_file(const char *a, const char *b);

/* 0, or nonzero if text is not wholly a finite number. Nothing is reported. */
int ip_cli_real(const char *text, double *v);
/* The same for a whole number from 0 on; *v may change either way. */
int ip_cli_u64(const char *text, uint64_t *v);
/* Two of them with one such character between: "2/8". */
int ip_cli_u64_pair(const char *text, char between, uint64_t v[2]);
/* A list of numbers and ranges (IP_OPT_REALS); *r is replaced. */
int ip_cli_reals(const char *text, struct ip_reals *r);

/*
 * tool, version, command: what made an output. Left out of command is what
 * does not change a result: --threads, --for, --resume, --quiet, --verbose.
 */
int ip_cli_provenance(const struct ip_cli *c, struct ip_attrs *a);
/* That command, as a run of tool name with these arguments (argv[0] is not
 * looked at) would write it down; to be freed; NULL, reported: no memory. */
char *ip_cli_command(const char *name, int argc, char *const *argv);

/* ---- inputs of any format ---- */

enum ip_kind { IP_KIND_UNKNOWN, IP_KIND_RAW, IP_KIND_IPT, IP_KIND_NPZ,
	IP_KIND_NPY, IP_KIND_PNG, IP_KIND_TORCH, IP_KIND_SAFETENSORS,
	IP_KIND_CUBE, IP_KIND_XYZ, IP_KIND_CIF, IP_KIND_TIFF, IP_KIND_MRC,
	IP_KIND_DM, IP_KIND_HDF5 };

/* For messages: what ip_cli_load reads. */
#define IP_CLI_KINDS ".ipt, .npz, .npy, .png, .tif, .mrc, .dm3, .dm4, .pt," \
	" .pth, .safetensors, .cube, .xyz, .cif, .emd, .hspy, .h5 or .hdf5"

/*
 * By its first bytes; a .cube, .xyz or .cif, which have none, by its name.
 * Reports a file that cannot be read (IP_EIO) or is none of these (IP_EFORMAT).
 */
int ip_cli_kind(const char *path, enum ip_kind *kind);
/* By its name alone: also IP_KIND_RAW, which nothing else tells, and
 * IP_KIND_UNKNOWN, which is not reported. */
enum ip_kind ip_cli_kind_of_name(const char *path);
/* Formats of pictures: which axis is x is known, names of tensors say little. */
int ip_cli_is_picture(enum ip_kind kind);
const char *ip_cli_kind_name(enum ip_kind kind);	/* "npz" */

/*
 * Read all of a file into b, which must be empty and stays so on failure.
 * .npy and .png: one tensor, named as the file without folder and extension.
 * .emd, .hspy and other HDF5: as ip_emd_read.
 * .tif and .mrc: one tensor, image. .dm3, .dm4: one an image, by its name.
 * .cube: potential (as in the file) and atoms; .xyz, .cif: atoms; see atoms.h.
 * recover: what is whole of a damaged .ipt; warnings say what is not.
 */
int ip_cli_load(const char *path, int recover, struct ip_bundle *b);

/* Whether name ends in ext (".npz"), in any case. */
int ip_cli_has_ext(const char *name, const char *ext);

#endif
