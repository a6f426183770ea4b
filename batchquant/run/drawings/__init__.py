"""Records of an image or a job → what is to be drawn of it."""

from batchquant.run.drawings.book import book_task
from batchquant.run.drawings.overview import overview_task
from batchquant.run.drawings.picture_step import step_task
from batchquant.run.drawings.scopes import Drawings
from batchquant.run.drawings.varied import VariedSheets

__all__ = ["Drawings", "VariedSheets", "book_task", "overview_task", "step_task"]
