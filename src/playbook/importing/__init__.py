"""Exports as people really have them to the tables of a workspace, with a report of everything that was done to them.

mapping = read_mapping("mapping.toml")          # or guess_mapping(files).mapping_toml.ja, checked by a person
imported = import_files([Path("応募者.csv")], mapping)
report = write_workspace(imported, Path("workspace"))
"""

from playbook.importing.guess import Guess, ImportQuestion, guess_mapping
from playbook.importing.mapping import Mapping, mapping_from, read_mapping
from playbook.importing.merge import write_workspace
from playbook.importing.report import Report, read_report
from playbook.importing.run import Imported, import_files, import_folder, tables_of_raw
from playbook.importing.systems.ocel import export_ocel
from playbook.importing.systems.pm4py_names import from_pm4py, to_pm4py
from playbook.importing.systems.xes import export_xes

__all__ = [
    "Guess",
    "ImportQuestion",
    "Imported",
    "Mapping",
    "Report",
    "export_ocel",
    "export_xes",
    "from_pm4py",
    "guess_mapping",
    "import_files",
    "import_folder",
    "mapping_from",
    "read_mapping",
    "read_report",
    "tables_of_raw",
    "to_pm4py",
    "write_workspace",
]
