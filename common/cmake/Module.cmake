# One static library per folder: disco_module(NAME sources... DEPENDS libs...). Includes are written
# from the project's root ("mmu/tlb.hpp").
function(disco_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
    set(scope PUBLIC)
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} ${scope} ${ARG_DEPENDS})
endfunction()

# disco_test(SUBJECT sources... DEPENDS libs...): one Catch2 program per tests/ subfolder, each of its
# test cases a CTest. The program is tests/SUBJECT_tests.
function(disco_test subject)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(${subject}_tests ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${subject}_tests PRIVATE ${ARG_DEPENDS} test_main)
  # A name that Catch does not find again (one with a semicolon, which CMake splits) must not pass.
  catch_discover_tests(${subject}_tests TEST_PREFIX "${subject}: " DISCOVERY_MODE PRE_TEST
                       EXTRA_ARGS --warn NoTests)
endfunction()
