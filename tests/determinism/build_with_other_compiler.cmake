# cmake -DSOURCE= -DBINARY= -DC= -DCXX= -DGENERATOR= -P: configures and builds only the program.
foreach(step
    "${CMAKE_COMMAND};-S;${SOURCE};-B;${BINARY};-G;${GENERATOR};-DCMAKE_BUILD_TYPE=Release;-DCMAKE_CXX_FLAGS_RELEASE=-O2;-DCMAKE_C_COMPILER=${C};-DCMAKE_CXX_COMPILER=${CXX};-DBUILD_TESTING=OFF"
    "${CMAKE_COMMAND};--build;${BINARY};--target;disco_cli;--parallel;2")
  execute_process(COMMAND ${step} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed: ${step}")
  endif()
endforeach()
