"""Plan and records → reports, timings and page in the output folder."""

from collections.abc import Mapping

from batchquant.errors import ImageError
from batchquant.files import publish_changed, withdraw
from batchquant.files.layout import RUN_FOLDER
from batchquant.jobfile import JobFile
from batchquant.plan.records import ImageKey, Plan
from batchquant.report.own import find_in_the_way, is_ours, publish_own, refuse_what_is_in_the_way
from batchquant.report.page.build import INDEX
from batchquant.report.page.write import show, write_page
from batchquant.report.table import report_csv, report_json, timings_csv
from batchquant.store import Key, OverviewRecord, VariantRecord
from batchquant.store.kept_plan import PLAN_FILE, plan_json

FORMS = {"csv": report_csv, "json": report_json}


class Reports:
    """Writes what a run has to tell, now and again; files of others to be replaced are `foreign`.

    Raises UsageError if a place is taken by something that may not be replaced, StorageError if the
    output folder does not let us write.
    """

    def __init__(self, job_file: JobFile, *, may_replace: bool) -> None:
        self._output, self._forms = job_file.output, job_file.report
        names = [*(f"report.{form}" for form in self._forms), INDEX]
        refuse_what_is_in_the_way(self._output, names, may_replace=may_replace)
        self.foreign = find_in_the_way(self._output, names)

    def write(
        self,
        plan: Plan,
        settled: Mapping[Key, VariantRecord],
        drawn: Mapping[ImageKey, OverviewRecord],
    ) -> list[tuple[str, str]]:
        """Write all; returns name and reason of what somebody else has come into the way of.

        The page last: who cannot wait for it gives a second signal, and has all the rest.
        """
        output, in_the_way = self._output, []
        publish_changed(output / RUN_FOLDER / "timings.csv", timings_csv(plan, settled))
        publish_changed(output / RUN_FOLDER / PLAN_FILE, plan_json(plan))
        for form, write in FORMS.items():
            name = f"report.{form}"
            if form in self._forms:
                try:
                    publish_own(
                        output, name, write(plan, settled), may_replace=self._is_taken(name)
                    )
                except ImageError as reason:
                    in_the_way.append((name, str(reason)))
            elif is_ours(output / name):  # it would go on to tell of what was before
                withdraw(output, name)
        try:
            write_page(output, show(plan, settled, drawn), may_replace=self._is_taken(INDEX))
        except ImageError as reason:
            in_the_way.append((INDEX, str(reason)))
        return in_the_way

    def _is_taken(self, name: str) -> bool:
        return name in self.foreign
