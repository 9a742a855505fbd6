# cmake -DSOURCE=.. -DOUTPUT=.. -DDISCO_VERSION=.. -P write_build_info.cmake: git describe into a header.
find_program(GIT git)
set(DISCO_COMMIT "unknown")
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --abbrev=12
                  OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                  RESULT_VARIABLE failed)
  if(NOT failed)
    set(DISCO_COMMIT ${described})
  endif()
endif()
configure_file(${SOURCE}/lab/build_info.hpp.in ${OUTPUT} @ONLY)
