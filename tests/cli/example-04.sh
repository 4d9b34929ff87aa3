# The fourth walk, small and without CP2K: images of GaN with and without what
# bonds change, and the table of changes; then the recipe with a CP2K that
# fails.
set -eu
PATH=$IP_BUILDDIR:$PATH
here=$IP_SRCDIR/examples/04-bonding
if ! IPHASE_BIN=$IP_BUILDDIR CP2K=no-such-program SETTINGS='--sampling=0.12
	--width=12 --pixels=32 --threads=1' sh "$here/run.sh" out >log 2>&1
then
	cat log
	exit 1
fi
[ -s out/dft-5nm.png ] || { echo 'no out/dft-5nm.png'; exit 1; }
# segments   largest 0.0052, rms 0.0019; at 5 and at 40 nm
awk '$1 == "segments" { n++; bad = !($3 + 0 > 0.001 && $3 + 0 < 0.1) }
	/shipped one/ { shipped = 1 }
	END { exit bad || n != 1 || !shipped }' log ||
	{ echo 'what bonds change is not as expected:'; cat log; exit 1; }

if ! IPHASE_BIN=$IP_BUILDDIR CRYSTALS='Si MoS2' DEPTHS='1 3' \
	FINE='--sampling=0.16 --width=9 --threads=1 --pixels=16' \
	SUPER='--phonons=1 --fov=8' sh "$here/change.sh" change >table 2>&1
then
	cat table
	exit 1
fi
# CRYSTAL, largest and rms at two depths, of repeat cell and supercell
awk '$1 == "Si" || $1 == "MoS2" { n++
		for (i = 2; i <= NF; i++)
			if (!($i > 1e-5 && $i < 0.1)) bad = 1
		if (NF != 9) bad = 1 }
	END { exit bad || n != 2 }' table ||
	{ echo 'the table is not as expected:'; cat table; exit 1; }

# a program that says nothing, leaves no cube
if IPHASE_BIN=$IP_BUILDDIR CP2K=true sh "$here/make.sh" fail GaN >err 2>&1 ||
	! grep -q 'GaN: true failed; see fail/GaN.out' err
then
	echo 'make.sh did not notice that CP2K failed:'
	cat err
	exit 1
fi
