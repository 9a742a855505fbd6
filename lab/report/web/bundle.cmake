# cmake -DSOURCE=<this folder> -DWORK=<scratch> -DOUTPUT=charts.js [-DNPM=npm] -P bundle.cmake
# Fetches what package-lock.json names and bundles src/charts.js. Without npm, or where nothing can be
# fetched, the output is empty and reports hold tables only: said once, loudly, and no error.
function(tables_only reason)
  message(NOTICE "disco: reports will hold tables and no charts: ${reason}")
  file(WRITE ${OUTPUT} "")
endfunction()

if(NOT NPM)
  tables_only("npm was not found when the build was configured (Debian package npm)")
  return()
endif()
file(MAKE_DIRECTORY ${WORK})
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json ${SOURCE}/src DESTINATION ${WORK})
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
                WORKING_DIRECTORY ${WORK} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  string(STRIP "${said}" said)
  tables_only("npm ci failed: ${said}")
  return()
endif()
execute_process(COMMAND ${WORK}/node_modules/.bin/esbuild src/charts.js --bundle --minify --format=iife
                        --charset=ascii --legal-comments=none --outfile=${OUTPUT} --log-level=warning
                WORKING_DIRECTORY ${WORK} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  tables_only("esbuild failed: ${said}")
endif()
