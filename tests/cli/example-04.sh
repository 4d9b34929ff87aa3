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

# helium with an s and a p orbital of one Gaussian, exp(-r^2): by hand
# f_x = exp(-x) + (1 - 2x/3) exp(-x), x = k^2 / 8 = 0.34547 at 0.5 1/Angstrom
cat >atom <<'END'
 Atomic Energy Calculation   Helium [He]   Atomic number:   2
 Initial exponent:      1.00000000       Proportionality factor:      2.0
 Orbital energies  State     L     Occupation   Energy[a.u.]     Energy[eV]

                       1     0          1.000     -0.5           -13.6
                       1     1          1.000     -0.1            -2.7

 Total Electron Density at R=0:                                      1.0

    ORBITAL      L = 0      State =   1
        0.700000000000000E+00

    ORBITAL      L = 1      State =   1
        0.300000000000000E+00

END
awk -f "$here/all_electron.awk" q=0.5 \
	"$IP_SRCDIR/data/scattering/kirkland.csv" atom >factor
awk '$1 == "0.5000" { found = $2 == "0.2862" }
	END { exit !found }' factor ||
	{ echo 'all_electron.awk is not as expected:'; cat factor; exit 1; }

# a program that says nothing, leaves no cube
if IPHASE_BIN=$IP_BUILDDIR CP2K=true sh "$here/make.sh" fail GaN >err 2>&1 ||
	! grep -q 'GaN: true failed; see fail/GaN.out' err
then
	echo 'make.sh did not notice that CP2K failed:'
	cat err
	exit 1
fi
