# iphase: the one Makefile (GNU make). ./configure writes config.mk.
# make deps | all check bench lint demo install uninstall dist distcheck clean
all:

ifneq ($(wildcard config.mk),)
include config.mk
config.mk: $(srcdir)/configure
	$(srcdir)/configure $(CONFIGURE_ARGS)
else
srcdir := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
ifneq ($(filter-out deps,$(or $(MAKECMDGOALS),all)),)
$(error run ./configure first (and before it, once: make deps))
endif
endif

# --- what there is: files are found, never listed -------------------------
# from WILDCARD...: paths below srcdir
from = $(patsubst $(srcdir)/%,%,$(sort $(wildcard $(1:%=$(srcdir)/%))))

CORE_C = $(filter-out src/cli/% $(if $(filter-out yes,$(have_hdf5)),$(HDF5_C)), \
	$(call from,src/*/*.c backends/cpu-openmp/*.c))
# emd.c is there without them, and says what is missing
HDF5_C = $(call from,src/formats/hdf5*.c src/formats/emd_*.c)
# the double precision of the tests has no other backend than the processor
OPENCL_C = $(if $(filter yes,$(have_opencl)),$(call from,backends/opencl/*.c) \
	gen/opencl_sources.c)
KERNELS = $(call from,backends/opencl/kernels/*.cl)
SIMD_C = $(call from,backends/cpu-openmp/simd/*.c)
GEN_C = $(if $(call from,src/em/factor_table.h),gen/kirkland.c gen/lobato.c)
TOOL_C = $(call from,src/cli/iphase-*.c)
CLI_C = $(filter-out $(TOOL_C),$(call from,src/cli/*.c))
SUPPORT_C = $(filter-out $(if $(filter-out yes,$(have_hdf5)),tests/support/hdf5.c), \
	$(call from,tests/ref/*.c tests/support/*.c))
HEADERS = $(call from,include/iphase.h include/iphase/*.h)
MANS = $(call from,man/*.[1357])

LIB_O = $(CORE_C:%.c=%.o) $(GEN_C:%.c=%.o) \
	$(foreach i,$(SIMD_ISAS),$(SIMD_C:%.c=%.$i.o))
TOOLS = $(TOOL_C:src/cli/%.c=%)
LIBS_BUILT = libiphase.a $(if $(filter yes,$(have_shared)),$(SONAME))
SONAME = libiphase.so.$(SOVERSION)
TESTS = $(patsubst %.c,%,$(call from,tests/t_*.c tests/double/t_*.c \
	tests/fuzz/*.c))
BENCHES = $(patsubst %.c,%,$(call from,tests/bench/*.c))
SCRIPTS = $(call from,tests/cli/*.sh)

# make V=1 shows whole commands
Q = $(if $V,,@)
MKDIR = @echo '  MAKE $@'; mkdir -p $(@D)

# --- flags: ours first, so that CFLAGS has the last word ------------------
INCLUDES = -I. -I$(srcdir) -I$(srcdir)/include -I$(srcdir)/src -I$(srcdir)/tests
COMMON = $(BASE_CFLAGS) $(WARN_CFLAGS) $(OMP_CFLAGS) $(PIC_CFLAGS) -g \
	$(SAN_CFLAGS) $(INCLUDES) $(DEP_CFLAGS) -MMD -MP
COMPILE = $(Q)$(CC) $(COMMON) -O2 $(OFF_CFLAGS) $(CPPFLAGS) $(CFLAGS)
SIMD = $(Q)$(CC) $(COMMON) -O3 $(FAST_CFLAGS) $(CPPFLAGS) $(CFLAGS)
LINK = $(Q)$(CC) $(OMP_CFLAGS) $(SAN_CFLAGS) $(CFLAGS) $(LDFLAGS)
ALL_LIBS = $(DEP_LIBS) $(LIBS)
baseline_CFLAGS =
avx2_CFLAGS = $(AVX2_CFLAGS)
avx512_CFLAGS = $(AVX512_CFLAGS)
comma = ,

all: $(LIBS_BUILT) $(TOOLS) iphase.pc

# --- objects: obj/ mirrors the source, obj/double/ with ip_real = double --
obj/%.o: $(srcdir)/%.c config.h
	$(MKDIR)
	$(COMPILE) -c -o $@ $<
obj/double/%.o: $(srcdir)/%.c config.h
	$(MKDIR)
	$(COMPILE) -DIP_DOUBLE -c -o $@ $<
obj/gen/%.o: gen/%.c config.h
	$(MKDIR)
	$(COMPILE) -c -o $@ $<
obj/double/gen/%.o: gen/%.c config.h
	$(MKDIR)
	$(COMPILE) -DIP_DOUBLE -c -o $@ $<
# one simd_rules an instruction set
define simd_rules
obj/%.$1.o: $(srcdir)/%.c config.h
	$$(MKDIR)
	$$(SIMD) $$($1_CFLAGS) -DIP_SIMD_ISA=$1 -c -o $$@ $$<
obj/double/%.$1.o: $(srcdir)/%.c config.h
	$$(MKDIR)
	$$(SIMD) $$($1_CFLAGS) -DIP_SIMD_ISA=$1 -DIP_DOUBLE -c -o $$@ $$<
endef
$(foreach i,$(SIMD_ISAS),$(eval $(call simd_rules,$i)))
-include $(shell find obj -name '*.d' 2>/dev/null)

gen/iphase.map: $(HEADERS:%=$(srcdir)/%)
	$(MKDIR)
	@{ echo '{ global:'; cat $^ | tr -c 'A-Za-z0-9_' '\n' | sort -u | \
	sed -n 's/^ip_[a-z0-9_]*$$/	&;/p'; echo 'local: *; };'; } >$@
gen/opencl_sources.c: $(srcdir)/backends/opencl/embed.sh \
		$(KERNELS:%=$(srcdir)/%)
	$(MKDIR)
	$(Q)sh $^ >$@.tmp
	@mv $@.tmp $@
gen/%.c: $(srcdir)/data/scattering/%.csv $(srcdir)/data/scattering/table.awk
	$(MKDIR)
	$(Q)awk -v name=$* -f $(srcdir)/data/scattering/table.awk $< >$@.tmp
	@mv $@.tmp $@

# --- libraries and tools --------------------------------------------------
libiphase.a: $(LIB_O:%=obj/%) $(OPENCL_C:%.c=obj/%.o)
libiphase-double.a: $(LIB_O:%=obj/double/%)
obj/libcli.a: $(CLI_C:%.c=obj/%.o)
obj/libtest.a: $(SUPPORT_C:%.c=obj/%.o)
obj/libtest-double.a: $(SUPPORT_C:%.c=obj/double/%.o)
%.a:
	$(MKDIR)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
# only what the public headers name is exported
$(SONAME): gen/iphase.map $(LIB_O:%=obj/%) $(OPENCL_C:%.c=obj/%.o)
	$(MKDIR)
	$(LINK) -shared -Wl,-soname,$@ $(if $(filter yes,$(have_map)), \
		-Wl$(comma)--version-script=$<) -o $@ $(filter %.o,$^) $(ALL_LIBS)
	@ln -sf $@ libiphase.so
$(TOOLS): %: obj/src/cli/%.o obj/libcli.a libiphase.a
	$(MKDIR)
	$(LINK) -o $@ $^ $(ALL_LIBS)
iphase.pc: $(srcdir)/src/iphase.pc.in config.mk
	$(MKDIR)
	$(Q)sed $(if $(filter no,$(have_shared)),-e '/^Libs:/N' \
		-e 's/\nLibs.private://') \
	-e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' \
	-e 's|@includedir@|$(includedir)|' -e 's|@VERSION@|$(VERSION)|' \
	-e 's|@LIBS@|$(ALL_LIBS) $(OMP_CFLAGS)|' $< >$@

# --- tests ----------------------------------------------------------------
tests/double/%: obj/double/tests/double/%.o obj/libtest-double.a \
		libiphase-double.a
	$(MKDIR)
	$(LINK) -o $@ $^ -lcmocka $(ALL_LIBS)
tests/%: obj/tests/%.o obj/libtest.a libiphase.a
	$(MKDIR)
	$(LINK) -o $@ $^ -lcmocka $(ALL_LIBS)
tests/bench/%: obj/tests/bench/%.o libiphase.a
	$(MKDIR)
	$(LINK) -o $@ $^ $(ALL_LIBS)
.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: all check bench lint demo deps install uninstall dist distcheck \
	clean distclean

# make check T="tests/t_log tests/cli/info.sh" runs these only
T = $(TESTS) $(SCRIPTS)
ifeq ($(have_cmocka),yes)
check: all $(filter-out %.sh,$T)
	@$(srcdir)/tests/run.sh $(srcdir) $T
else
check:
	@echo "the tests need cmocka: make deps, then ./configure"; exit 1
endif

bench: all $(BENCHES)
	@for b in $(BENCHES); do echo "== $$b"; $$b || exit 1; done

demo: all
	$(srcdir)/examples/demo.sh

# --- packages, installing, releasing --------------------------------------
deps:
	@sh $(srcdir)/.ci/deps $(DEPS)
lint: all
	+@$(srcdir)/.ci/lint $(srcdir) $(TOOLS)
distcheck: dist
	+@$(srcdir)/.ci/distcheck iphase-$(VERSION)

# MANIFEST stands in for git in an unpacked release
NAME = iphase-$(VERSION)
LIST = { git -C $(srcdir) ls-files || cat $(srcdir)/MANIFEST; } 2>/dev/null
dist:
	rm -rf $(NAME) $(NAME).tar.gz
	mkdir $(NAME)
	$(LIST) | LC_ALL=C sort -u >$(NAME)/MANIFEST
	grep -qx configure $(NAME)/MANIFEST	# or there was no list
	tar -C $(srcdir) -cf - $$(cat $(NAME)/MANIFEST) | tar -C $(NAME) -xf -
	tar -cf - $(NAME) | gzip -9n >$(NAME).tar.gz
	rm -rf $(NAME)

# mode:file:where of each file that is installed; uninstall reads it as well
EXTRA = $(shell cd $(srcdir) && find data examples -type f \
	! -path 'data/*.awk' 2>/dev/null)
PLACES = $(foreach t,$(TOOLS),755:$t:$(bindir)/$t) \
	644:libiphase.a:$(libdir)/libiphase.a \
	$(if $(filter yes,$(have_shared)),755:$(SONAME):$(libdir)/$(SONAME)) \
	644:iphase.pc:$(libdir)/pkgconfig/iphase.pc \
	$(foreach h,$(HEADERS:include/%=%),\
		644:$(srcdir)/include/$h:$(includedir)/$h) \
	$(foreach m,$(MANS),644:$(srcdir)/$m:$(mandir)/man$(subst \
		.,,$(suffix $m))/$(notdir $m)) \
	$(foreach f,README.md LICENSE $(filter examples/%,$(EXTRA)),$(if \
		$(filter %.sh %.py,$f),755,644):$(srcdir)/$f:$(docdir)/$f) \
	$(foreach f,$(patsubst data/%,%,$(filter data/%,$(EXTRA))),\
		644:$(srcdir)/data/$f:$(datadir)/iphase/$f)
LINK_SO = $(DESTDIR)$(libdir)/libiphase.so
OURS = $(docdir) $(datadir)/iphase $(includedir)/iphase

install: all
	@set -e; for p in $(PLACES); do \
		from=$${p#*:} to=$(DESTDIR)$${p##*:}; from=$${from%%:*}; \
		echo "$$to"; mkdir -p "$${to%/*}"; \
		case $$to in \
		*/man?/*.?) sed 's/^\.Os.*/.Os iphase $(VERSION)/' "$$from" \
			>"$$to"; chmod 644 "$$to" ;; \
		*) install -m $${p%%:*} "$$from" "$$to" ;; \
		esac; \
	done
	$(if $(filter yes,$(have_shared)),ln -sf $(SONAME) $(LINK_SO))
uninstall:
	rm -f $(LINK_SO)
	@for p in $(PLACES); do rm -f $(DESTDIR)$${p##*:}; done
	-for d in $(OURS:%=$(DESTDIR)%); do \
		[ ! -d $$d ] || find $$d -depth -type d -exec rmdir {} +; done

clean:
	rm -rf obj gen libiphase* iphase.pc iphase-[0-9]* $(TOOLS)
	rm -f $(TESTS) $(BENCHES)
	[ $(srcdir) = . ] || [ ! -d tests ] || find tests -depth -type d -delete
distclean: clean
	rm -f config.mk config.h config.log
	[ $(srcdir) = . ] || rm -f Makefile
